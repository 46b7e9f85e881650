//! How long a hook sleeps: the sleep action and the ways to write the same as a command (fact 9.17).

use crate::yaml::Node;

/// A sleep that surely happens.
#[derive(Clone, Copy, Debug)]
pub struct Sleep<'a> {
    /// Seconds.
    pub seconds: f64,
    /// Where it is written.
    pub at: Node<'a>,
    /// The API server compares it with the grace period itself.
    pub action: bool,
}

/// The sleep of a lifecycle handler; `None` if it does not sleep for certain.
pub fn of_handler(handler: Node<'_>) -> Option<Sleep<'_>> {
    if let Some(seconds) = handler.get("sleep").and_then(|sleep| sleep.get("seconds")) {
        return Some(Sleep { seconds: seconds.int()? as f64, at: seconds, action: true });
    }
    let words: Vec<Node<'_>> = handler.get("exec")?.get("command")?.items().collect();
    let texts: Vec<&str> = words.iter().map(|word| word.text()).collect();
    let (at, seconds) = match texts.split_first()? {
        (program, rest) if base(program) == "sleep" => (words.get(1)?, total(rest)?),
        (program, rest) if SHELLS.contains(&base(program)) => {
            // `-c`, also joined with others as in `-ec`.
            let flag = |word: &&str| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
            let at = rest.iter().position(flag)?;
            (words.get(at + 2)?, in_script(rest.get(at + 1)?))
        }
        _ => return None,
    };
    (seconds > 0.0).then_some(Sleep { seconds, at: *at, action: false })
}

/// Whether a container is there to be entered and serves nothing: its command sleeps, or follows an empty file,
/// whatever it prints before.
pub fn is_all_it_does(container: Node<'_>) -> bool {
    does_only(container, &[])
}

/// Whether a container serves nobody: it [sleeps](is_all_it_does), or asks others in a loop.
pub fn serves_nobody(container: Node<'_>) -> bool {
    does_only(container, CLIENTS)
}

/// Programs that only ask others, and those that read their answers.
const CLIENTS: &[&str] =
    &["curl", "wget", "nslookup", "dig", "host", "getent", "ping", "jq", "grep", "head", "cut", "awk"];

/// Programs and words of the shell that do nothing for anybody.
const TALK: &[&str] = &[
    "echo", "printf", "date", "sleep", "true", "false", ":", "set", "export", "cd", "hostname", "done", "fi",
];

/// Words of the shell before a command.
const BEFORE: &[&str] = &["while", "until", "do", "if", "then", "else", "elif", "exec", "!"];

/// Whether the command of a container never ends and runs nothing but these programs and pauses.
fn does_only(container: Node<'_>, programs: &[&str]) -> bool {
    let words =
        ["command", "args"].into_iter().filter_map(|field| container.get(field)).flat_map(Node::items);
    let words: Vec<&str> = words.map(|word| word.text()).collect();
    if container.get("command").is_none() {
        return false;
    }
    match &words[..] {
        [shell, flag, script] if SHELLS.contains(&base(shell)) && flag.starts_with('-') => {
            lasts_with_only(script, programs)
        }
        [program, rest @ ..] => is_idle(program, rest),
        [] => false,
    }
}

/// Whether a command does nothing, for long.
fn is_idle(program: &str, rest: &[&str]) -> bool {
    match base(program) {
        "sleep" => rest.first().is_some_and(|first| duration(first).is_some()),
        "tail" => rest.contains(&"/dev/null"),
        "pause" => true,
        _ => false,
    }
}

fn lasts_with_only(script: &str, programs: &[&str]) -> bool {
    let mut lasts = false;
    for (statement, _) in statements(script) {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let endless = matches!(&words[..], ["while", "true" | ":" | "1", ..] | ["until", "false", ..]);
        let begin = words.iter().position(|word| !BEFORE.contains(word)).unwrap_or(words.len());
        let Some((first, rest)) = words[begin..].split_first() else { continue };
        lasts |= endless || is_idle(first, rest);
        // `STATUS=$(curl …)` runs what it takes the answer of, `A=b` nothing.
        let program = first.split_once("=$(").map_or(*first, |(_, program)| program);
        let set = first.contains('=') && program == *first && rest.is_empty();
        let known = |list: &[&str]| list.contains(&base(program));
        if !(set || program.starts_with('#') || known(TALK) || known(programs) || is_idle(first, rest)) {
            return false;
        }
    }
    lasts
}

const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"];

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The arguments of `sleep`, which are added up: `30`, `1m`, `1m 30s`, `0.5`, `infinity`.
fn total(arguments: &[&str]) -> Option<f64> {
    if arguments.is_empty() {
        return None;
    }
    arguments.iter().map(|one| duration(one)).sum()
}

fn duration(text: &str) -> Option<f64> {
    if text == "infinity" || text == "inf" {
        return Some(f64::INFINITY);
    }
    let (number, factor) = match text.as_bytes().last()? {
        b's' => (&text[..text.len() - 1], 1.0),
        b'm' => (&text[..text.len() - 1], 60.0),
        b'h' => (&text[..text.len() - 1], 3600.0),
        b'd' => (&text[..text.len() - 1], 86400.0),
        _ => (text, 1.0),
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|_| plain).map(|number| number * factor)
}

/// Words that make what follows depend on something, or end it.
const CONTROL: &[&str] =
    &["if", "for", "while", "until", "case", "function", "exit", "return", "trap", "timeout", "{", "("];

/// Seconds that a shell script sleeps whatever happens: plain `sleep` statements before the first condition,
/// loop or exit.
fn in_script(script: &str) -> f64 {
    let mut seconds = 0.0;
    for (statement, end) in statements(script) {
        let mut words: Vec<&str> = statement.split_whitespace().collect();
        if words.first() == Some(&"exec") {
            words.remove(0);
        }
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        if CONTROL.contains(first) || first.starts_with('(') || first.ends_with("()") {
            break;
        }
        if base(first) == "sleep" && end.waits {
            let rest: Vec<&str> =
                rest.iter().take_while(|word| !word.contains(['>', '<'])).copied().collect();
            seconds += total(&rest).unwrap_or(0.0);
        }
        // After `a || b` it is not known whether `b` runs, nor after a pipe when it ends.
        if end.doubtful {
            break;
        }
    }
    seconds
}

/// How a statement ends.
struct End {
    /// The next one starts when this one is done.
    waits: bool,
    /// Whether the next one runs is not known.
    doubtful: bool,
}

fn statements(script: &str) -> Vec<(&str, End)> {
    let mut found = Vec::new();
    let (mut start, mut at, mut quote) = (0, 0, None);
    let bytes = script.as_bytes();
    while at < bytes.len() {
        let (byte, next) = (bytes[at], bytes.get(at + 1).copied());
        // Length of a separator, and what it means.
        let cut = match (quote, byte) {
            (Some(open), _) => {
                quote = (byte != open).then_some(open);
                None
            }
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                None
            }
            (None, b'\\') => {
                at += 1;
                None
            }
            (None, b'#') if at == start || bytes[at - 1].is_ascii_whitespace() => {
                let length = script[at..].find('\n').unwrap_or(bytes.len() - at);
                Some((length, true, false))
            }
            (None, b';' | b'\n') => Some((1, true, false)),
            (None, b'&') if next == Some(b'&') => Some((2, true, false)),
            (None, b'&') if at > 0 && bytes[at - 1] == b'>' => None,
            (None, b'&') => Some((1, false, false)),
            (None, b'|') if next == Some(b'|') => Some((2, true, true)),
            (None, b'|') => Some((1, false, true)),
            _ => None,
        };
        if let Some((length, waits, doubtful)) = cut {
            found.push((&script[start..at], End { waits, doubtful }));
            at += length;
            start = at;
        } else {
            at += 1;
        }
    }
    found.extend(script.get(start..).map(|rest| (rest, End { waits: true, doubtful: false })));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_serve_nobody() {
        for (script, sleeps, asks) in [
            ("sleep 3600", true, true),
            ("echo ready && tail -f /dev/null", true, true),
            ("exec sleep infinity", true, true),
            ("while true; do echo $(date); sleep 10; done", true, true),
            ("while true; do curl -s http://web | jq .; sleep 10; done", false, true),
            (
                "while :\ndo\n  if wget -qO- http://web; then echo ok; else echo no; fi\n  sleep 1\ndone",
                false,
                true,
            ),
            ("while true; do CODE=$(curl -s web); echo $CODE; sleep 1; done", false, true),
            ("echo hello", false, false),
            ("curl http://web", false, false),
            ("sleep 5; exec nginx", false, false),
            ("python app.py & tail -f /dev/null", false, false),
            ("while true; do nc -l -p 80 -e echo ok; done", false, false),
            ("until curl db; do sleep 1; done; ./server", false, false),
            ("", false, false),
        ] {
            assert_eq!(lasts_with_only(script, &[]), sleeps, "{script}");
            assert_eq!(lasts_with_only(script, CLIENTS), asks, "{script}");
        }
    }

    #[test]
    fn scripts() {
        let cases = [
            ("sleep 30", 30.0),
            ("sleep 30; nginx -s quit", 30.0),
            ("sleep 5 && nginx -s quit && sleep 10s", 15.0),
            ("echo 'a; sleep 9'; /bin/sleep 1m", 60.0),
            ("exec sleep 1m 30s", 90.0),
            ("sleep 20 &\nwait", 0.0),
            ("if true; then sleep 30; fi", 0.0),
            ("while pgrep nginx; do sleep 1; done", 0.0),
            ("kill -TERM 1 || sleep 30", 0.0),
            ("sleep $DELAY", 0.0),
            ("sleep 10 > /dev/null 2>&1; sleep 5", 15.0),
            ("# sleep 40\nsleep 3", 3.0),
            ("timeout 5 sleep 60", 0.0),
            ("sleep infinity", f64::INFINITY),
            ("exit 0; sleep 60", 0.0),
            ("\u{e9}\\\u{e9}; sleep 2", 2.0),
            ("", 0.0),
            ("sleep", 0.0),
        ];
        for (script, seconds) in cases {
            assert_eq!(in_script(script), seconds, "{script}");
        }
    }
}
