//! Changes texts the way people and attackers do: by lines, indentation and words rather than by bits.

/// A small generator of pseudo-random numbers (splitmix64): the same seed, the same numbers, everywhere.
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit; 0 for none.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }
}

/// What is put into texts: marks of YAML, odd characters, words that mean something.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "---\n", "...\n", "\u{feff}", "# wplint: ignore[all] x\n", "# wplint: ignore-object[all]\n", "\t", "\r", "\u{2028}", "\u{85}", "\0",
    "&a ", "*a", "<<: *a\n", "!!str ", "? ", ": ", "- ", "|\n", ">-\n", "|2+\n", "{", "}", "[", "]", ",", "\"", "'", "\\", "\\'", "#", "%", "@",
    "null", "~", "yes", "0x1F", "1_000", "1e400", "-.inf", "99999999999999999999", "$(A)", "$$(A)", "${A}", "{{ .Values.x }}",
    "kind: Secret\n", "kind: List\nitems:\n", "apiVersion: v1\n", "namespace: \u{526f}\n", "resources: [.]\n", "components: [../a]\n",
    "replacements: [{sourceValue: x, targets: []}]\n", "patches: [{patch: '[]'}]\n", "namePrefix: x-\n", "secretGenerator: [{name: s, literals: [a=b]}]\n",
    "# file: base/kustomization.yaml\n", "# file: Chart.yaml\n", "# file: templates/a.yaml\n", "# file: values.yaml\n", "bases: [base]\n",
    "{{ if .Values.a }}", "{{ end }}", "{{ range $k, $v := .Values }}", "{{ include \"a\" . | nindent 2 }}", "{{ .Values.a | quote }}",
    "\u{1f600}", "\u{202e}", "::error::x", "##[group]", "]]>", "name: a\n", "<script>",
];

/// A text with a few changes.
pub fn mutate(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(lines.len());
        match random.below(9) {
            0 if !lines.is_empty() => drop(lines.remove(at)),
            1 if !lines.is_empty() => lines.insert(at, lines[random.below(lines.len())].clone()),
            2 if !lines.is_empty() => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            3 if !lines.is_empty() => lines[at] = format!("{}{}", " ".repeat(1 + random.below(4)), lines[at]),
            4 if !lines.is_empty() => {
                let blanks = lines[at].len() - lines[at].trim_start_matches(' ').len();
                lines[at] = lines[at][random.below(blanks + 1)..].to_owned();
            }
            5 if !lines.is_empty() => lines.truncate(at + 1),
            6 if !lines.is_empty() => {
                let end = boundary(&lines[at], random);
                lines[at].truncate(end);
            }
            _ if lines.is_empty() => lines.push(WORDS[random.below(WORDS.len())].to_owned()),
            _ => {
                let place = boundary(&lines[at], random);
                lines[at].insert_str(place, WORDS[random.below(WORDS.len())]);
            }
        }
    }
    lines.concat()
}

fn boundary(line: &str, random: &mut Random) -> usize {
    let mut at = random.below(line.len() + 1);
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}
