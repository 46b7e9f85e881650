"use strict";
(() => {
  const units = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const [canvas, panel, search, count, choice] = ["canvas", "panel", "search", "count", "unit"].map(byId);
  const pictures = [...canvas.querySelectorAll("svg")];
  let unit = 0;
  let view = null;
  let chosen = [];

  const svg = () => pictures[unit];
  const part = (kind, at) => svg().querySelector(`[data-${kind}="${at}"]`);

  // The part of the picture that is seen; one unit of it is one pixel at scale 1.
  const whole = () => {
    const [, , width, height] = svg().dataset.all.split(" ").map(Number);
    return { x: 0, y: 0, width, height };
  };
  const show = (next) => {
    view = next;
    svg().setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  };
  const scale = () => Math.max(view.width / canvas.clientWidth, view.height / canvas.clientHeight);
  const point = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg().getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  };
  const zoom = (factor, about) => {
    const width = Math.min(Math.max(view.width * factor, 150), whole().width * 4);
    const by = width / view.width;
    show({
      x: about.x - (about.x - view.x) * by,
      y: about.y - (about.y - view.y) * by,
      width,
      height: view.height * by,
    });
  };
  const center = (at) => {
    const box = part("node", at).getBBox();
    const move = part("node", at).transform.baseVal[0].matrix;
    const size = Math.min(view.width, 1400);
    const height = (size * view.height) / view.width;
    show({ x: move.e + box.width / 2 - size / 2, y: move.f + box.height / 2 - height / 2, width: size, height });
  };

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const title = (node) => `${node.kind} ${node.namespace ? node.namespace + "/" : ""}${node.name}`;
  const states = { present: "", made: "made at run time, or outside of these files", unseen: "not in view" };

  const clear = () => {
    svg().classList.remove("dim");
    svg().querySelectorAll(".lit, .chosen").forEach((one) => one.classList.remove("lit", "chosen"));
  };
  const light = (nodes, edges) => {
    clear();
    svg().classList.add("dim");
    nodes.forEach((at) => part("node", at).classList.add("lit"));
    edges.forEach((at) => part("edge", at).classList.add("lit"));
  };
  const open = (...children) => {
    const close = make("button", "close", "✕");
    close.addEventListener("click", leave);
    panel.replaceChildren(close, ...children);
    panel.hidden = false;
    panel.scrollTop = 0;
  };
  const leave = () => {
    clear();
    panel.hidden = true;
  };
  const link = (text, go) => {
    const button = make("button", "link", text);
    button.addEventListener("click", go);
    return button;
  };

  const listed = (heading, edges, other) => {
    if (edges.length === 0) return [];
    const list = make("ul");
    for (const at of edges) {
      const edge = units[unit].edges[at];
      const item = make("li", edge.broken ? "bad" : "");
      item.append(`${edge.means} `, link(title(units[unit].nodes[edge[other]]), () => pickNode(edge[other], true)), " ",
        link(edge.text || "where", () => pickEdge(at)));
      if (edge.broken) item.append(`: ${edge.broken}`);
      list.append(item);
    }
    return [make("h3", "", heading), list];
  };
  const pickNode = (at, move) => {
    const { nodes, edges } = units[unit];
    const node = nodes[at];
    const out = edges.flatMap((edge, index) => (edge.from === at ? [index] : []));
    const into = edges.flatMap((edge, index) => (edge.to === at ? [index] : []));
    light([at, ...out.map((index) => edges[index].to), ...into.map((index) => edges[index].from)], [...out, ...into]);
    part("node", at).classList.add("chosen");
    if (move) center(at);
    open(
      make("h2", "", title(node)),
      make("div", "at", node.at || states[node.state]),
      ...node.broken.map((text) => make("p", "bad", text)),
      ...listed("from here", out, "to"),
      ...listed("to here", into, "from"),
      ...(node.text ? [make("h3", "", "manifest"), make("pre", "", node.text)] : []),
    );
  };
  const pickEdge = (at) => {
    const { nodes, edges } = units[unit];
    const edge = edges[at];
    light([edge.from, edge.to], [at]);
    part("edge", at).classList.add("chosen");
    open(
      make("h2", "", `${edge.means} ${edge.text}`),
      ...(edge.broken ? [make("p", "bad", edge.broken)] : []),
      make("div", "at", edge.at),
      ...(edge.lines ? [make("pre", "", edge.lines)] : []),
      make("h3", "", "from"),
      link(title(nodes[edge.from]), () => pickNode(edge.from, true)),
      make("h3", "", "to"),
      link(title(nodes[edge.to]), () => pickNode(edge.to, true)),
      ...(nodes[edge.to].text ? [make("pre", "", nodes[edge.to].text)] : [make("div", "at", states[nodes[edge.to].state])]),
    );
  };

  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) {
      chosen = [];
      count.textContent = "";
      clear();
      return;
    }
    const { nodes, edges } = units[unit];
    const fits = (node) => words.every((word) => title(node).toLowerCase().includes(word));
    chosen = nodes.flatMap((node, at) => (fits(node) ? [at] : []));
    const found = new Set(chosen);
    light(chosen, edges.flatMap((edge, at) => (found.has(edge.from) && found.has(edge.to) ? [at] : [])));
    count.textContent = `${chosen.length} found`;
  };
  const enter = () => {
    if (chosen.length === 0) return;
    const at = chosen.shift();
    chosen.push(at);
    center(at);
    part("node", at).classList.add("chosen");
  };

  let broken = 0;
  const next = () => {
    const all = units.flatMap((one, index) => [
      ...one.edges.flatMap((edge, at) => (edge.broken ? [[index, "edge", at]] : [])),
      ...one.nodes.flatMap((node, at) => (node.broken.length ? [[index, "node", at]] : [])),
    ]);
    const [where, kind, at] = all[broken % all.length];
    broken += 1;
    change(where);
    if (kind === "edge") {
      center(units[unit].edges[at].from);
      pickEdge(at);
    } else {
      pickNode(at, true);
    }
  };

  const change = (to) => {
    if (to === unit && view) return;
    leave();
    unit = to;
    choice.value = String(to);
    pictures.forEach((picture, at) => picture.toggleAttribute("hidden", at !== to));
    show(whole());
    find();
  };

  pictures.forEach((picture) => (picture.dataset.all = picture.getAttribute("viewBox")));
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button === 0) held = { x: event.clientX, y: event.clientY, view, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    held.moved = true;
    canvas.classList.add("moving");
    const by = scale();
    show({ ...view, x: held.view.x - dx * by, y: held.view.y - dy * by });
  });
  window.addEventListener("pointerup", (event) => {
    const click = held && !held.moved;
    held = null;
    canvas.classList.remove("moving");
    if (!click) return;
    const node = event.target.closest?.(".node");
    const edge = event.target.closest?.(".edge");
    if (node) pickNode(Number(node.dataset.node), false);
    else if (edge) pickEdge(Number(edge.dataset.edge));
    else if (canvas.contains(event.target)) leave();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(Math.min(Math.max(event.deltaY, -200), 200) / 400), point(event));
  }, { passive: false });
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => event.key === "Enter" && enter());
  choice.addEventListener("change", () => change(Number(choice.value)));
  byId("fit").addEventListener("click", () => show(whole()));
  byId("next").addEventListener("click", next);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      find();
      leave();
    } else if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Enter" && event.target.closest?.(".node")) {
      pickNode(Number(event.target.closest(".node").dataset.node), false);
    }
  });
  change(0);
})();
