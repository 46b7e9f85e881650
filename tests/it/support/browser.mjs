// Opens an HTML report in a headless browser and says as JSON what a reader would see: `node browser.mjs CHROMIUM LARGE SMALL`.
// Search, filters and speed are tried on the large one, what a screen reader needs on the small one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
const puppeteer = require("puppeteer-core");
const [chromium, large, small] = process.argv.slice(2);
const address = pathToFileURL(large).href;

const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
const result = {};
try {
  const page = await browser.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));

  const start = Date.now();
  await page.goto(address, { waitUntil: "load" });
  result.count = await page.$eval("#count", (one) => one.textContent);
  result.milliseconds = Date.now() - start;

  const shown = () => page.$$eval("#findings article", (all) => all.filter((one) => !one.hidden).length);
  result.all = await shown();
  await page.type("[name=q]", "second");
  result.searched = await shown();
  result.address = new URL(page.url()).hash;
  await page.click("button[type=reset]");
  await page.waitForFunction(() => location.hash === "");
  result.reset = await shown();
  await page.click("[name=severity][value=info]");
  result.without_infos = await shown();
  await page.click("[name=severity][value=info]");
  await page.select("[name=rule]", await page.$eval("[name=rule] option:nth-child(2)", (one) => one.value));
  result.one_rule = await shown();

  // A link to one finding, and one to a state of the filters.
  const id = await page.$eval("#findings article:last-of-type", (one) => one.id);
  await page.goto("about:blank");
  await page.goto(address + "#" + id);
  result.linked = await page.$eval("#" + id, (one) => {
    const box = one.getBoundingClientRect();
    return !one.hidden && box.top < innerHeight && box.bottom > 0;
  });
  await page.goto("about:blank");
  await page.goto(address + "#severity=error");
  result.errors = await shown();

  await page.goto("about:blank");
  await page.goto(pathToFileURL(small).href);
  // The policy of the page allows no script but its own, so this one comes in by the side door.
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  result.axe = {};
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    const { violations } = await page.evaluate(() => axe.run());
    const serious = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
    result.axe[scheme] = serious.map((one) => one.id + ": " + one.nodes[0].html + " " + one.nodes[0].failureSummary);
  }
  await page.setViewport({ width: 360, height: 740 });
  result.phone = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  result.foreign = requests.filter((url) => !url.startsWith("file:") && url !== "about:blank");
  result.said = said;
} finally {
  await browser.close();
}
console.log(JSON.stringify(result));
