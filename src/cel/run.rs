//! What a program comes to: its value, what it costs, and which places decided.

use std::sync::Arc;

use super::blame;
use super::cost::{self, Pricing};
use super::declared::Declared;
use super::eval::Evaluation;
use super::fault::Fault;
use super::program::Program;
use super::room::with_room;
use super::value::Outcome;
use super::variables::Variables;
use crate::files::Span;
use crate::yaml::Text;

impl Program {
    /// The most that it can cost, where its variables are as large as they may be.
    pub fn estimate(&self, variables: &[(Text, Arc<Declared>)], pricing: Pricing) -> u64 {
        with_room(self.expr().depth, || cost::estimate(self.expr(), variables, pricing)).unwrap_or(u64::MAX)
    }

    /// Its value, at most at this cost; and what it cost.
    pub fn run(&self, variables: &dyn Variables, limit: u64) -> (Outcome, u64) {
        let run = || {
            let mut evaluation = Evaluation::new(variables, limit);
            let outcome = evaluation.eval(self.expr());
            (outcome, evaluation.cost())
        };
        with_room(self.expr().depth, run)
            .unwrap_or_else(|| (Err(Fault::unknown("an expression that is nested deeply")), 0))
    }

    /// The places in the input that made the value what it is, where it is this truth value; the first is the best.
    pub fn blame(&self, variables: &dyn Variables, truth: bool) -> Vec<Span> {
        let places = || blame::places(self.expr(), variables, truth);
        with_room(self.expr().depth, places).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cel::{Data, Env, FaultKind, Type, Value};

    fn object() -> Value {
        let container = |name: &str, image: &str| {
            Value::object(vec![("name", Value::text(name)), ("image", Value::text(image))])
        };
        let containers = vec![container("a", "nginx:1"), container("b", "reg.example/b:2")];
        let spec = Value::object(vec![("replicas", Value::int(3)), ("containers", Value::list(containers))]);
        Value::object(vec![("kind", Value::text("Pod")), ("spec", spec)])
    }

    fn run(text: &str) -> Outcome {
        let env = Env::new().with("object", Type::Dyn);
        let program = Program::compile(text, &env).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        let variables: &[(&str, Value)] = &[("object", object())];
        program.run(&Held(variables), 1_000_000).0
    }

    struct Held<'v>(&'v [(&'v str, Value)]);

    impl Variables for Held<'_> {
        fn variable(&self, name: &str) -> Option<Outcome> {
            self.0.variable(name)
        }
    }

    #[test]
    fn what_is_true() {
        for text in [
            "object.spec.replicas <= 5 && object.spec.containers.exists(c, c.image.startsWith('reg'))",
            "!has(object.spec.paused) || object.spec.paused",
            "object.?metadata.?labels['a'].orValue('x') == 'x'",
            "object.spec.containers.map(c, c.name).join(',') == 'a,b'",
            "1 + 2 * 3 == 7 && -2 - -3 == 1 && 7 / 2 == 3 && 7 % 2 == 1 && 1.5 < 2.0",
            "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1').add(2).compareTo(quantity('3')) == 0",
            "cidr('10.0.0.0/8').containsIP('10.1.2.3') && ip('::1').isLoopback()",
            "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('v1.2', true)",
            "url('https://a.b:8080/c?d=e').getHostname() == 'a.b' && url('/a').getEscapedPath() == '/a'",
            "duration('90s').getMinutes() == 1 && timestamp('2024-02-29T01:02:03Z').getMonth() == 1",
            "'a-b-c'.split('-') == ['a', 'b', 'c'] && 'ABC'.lowerAscii() == 'abc' && 'abc'.substring(1) == 'bc'",
            "'%s is %d'.format(['a', 5]) == 'a is 5' && string(1.5) == '1.5'",
            "[3, 1, 2].sort() == [1, 2, 3] && [1, 2].sum() == 3 && [[1], [2]].flatten() == [1, 2]",
            "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && {'a': 1}.all(k, v, v == 1)",
            "sets.contains([1, 2], [2]) && optional.none().orValue(1) == 1 && type(1) == int",
            "object.spec.containers.sortBy(c, c.image).map(c, c.name) == ['a', 'b']",
            "false && object.nope || true",
            "1 == dyn(1.0) && dyn('a') != dyn(1) && 'a' in ['a'] && 'k' in {'k': 1}",
        ] {
            let value = run(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            assert!(matches!(value.data, Data::Bool(true)), "{text}");
        }
    }

    #[test]
    fn what_fails_and_how() {
        for (text, message) in [
            ("object.spec.nope == 1", "no such key: nope"),
            ("object.spec.containers[5].name == ''", "index out of bounds: 5"),
            ("1 / 0 == 1", "division by zero"),
            ("9223372036854775807 + 1 > 0", "integer overflow"),
            ("int('x') == 1", "type conversion error from 'string' to 'int'"),
            ("object.kind && true", "no such overload"),
        ] {
            assert_eq!(run(text).err().map(|fault| fault.message).as_deref(), Some(message), "{text}");
        }
        let long = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
        let nested = format!(
            "{long}.all(a, {long}.all(b, {long}.all(c, {long}.all(d, {long}.all(e, {long}.all(f, a > 0))))))"
        );
        assert_eq!(run(&nested).err().map(|fault| fault.kind), Some(FaultKind::Cost));
    }

    #[test]
    fn what_does_not_compile() {
        let env = Env::new().with("object", Type::Dyn).with("count", Type::Int);
        for (text, message) in [
            ("object.a.all(c, c == 1", "Syntax error: missing ')' at '<EOF>'"),
            ("nope == 1", "undeclared reference to 'nope'"),
            ("count == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"),
            ("count == 1.0", "found no matching overload for '_==_' applied to '(int, double)'"),
            ("[1, 'a'].size() == 2", "expected type 'int' but found 'string'"),
            ("has(object)", "invalid argument to has() macro"),
            ("'a'.matches('[')", "invalid matches argument"),
            ("duration('1 day') > duration('1h')", "invalid duration argument"),
            ("math.greatest(1, 2) == 2", "undeclared reference to 'math'"),
        ] {
            let found = Program::compile(text, &env).err().and_then(|list| list.into_iter().next());
            assert_eq!(found.map(|mistake| mistake.message).as_deref(), Some(message), "{text}");
        }
    }

    #[test]
    fn nothing_runs_out_of_stack() {
        let env = Env::new();
        for text in [
            format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000)),
            vec!["1"; 20_000].join("+"),
            format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000)),
            format!("a{}", ".b".repeat(20_000)),
            "a?".repeat(20_000),
        ] {
            assert!(Program::compile(&text, &env).is_err());
        }
        let held: &[(&str, Value)] = &[];
        let nested = |open: &str, inner: &str, close: &str| {
            format!("{}{inner}{}", open.repeat(250), close.repeat(250))
        };
        for text in [
            nested("(", "1", ")") + " == 1",
            nested("[", "1", "]") + ".size() == 1",
            nested("[1].map(a, ", "1", ")") + ".size() == 1",
            nested("(1 + ", "1", ")"),
            nested("(true ? ", "1", " : 2)"),
            nested("string(", "1", ")"),
            nested("{'a': ", "1", "}.a"),
            nested("!(true && ", "true", ")"),
            vec!["1"; 990].join("+"),
        ] {
            let program = Program::compile(&text, &env).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            assert!(program.run(&Held(held), 1_000_000).0.is_ok());
        }
    }
}
