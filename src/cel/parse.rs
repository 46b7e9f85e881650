//! From a text to an expression.

use super::ast::{Call, Expr, ExprKind, Fold, FoldKind, Literal};
use super::fault::{Mistake, MistakeKind};
use super::lex::{Token, lex};
use super::library;
use super::room::{SHALLOW, with_room};
use super::words::is_reserved;

/// Brackets in more brackets than these are refused by the server.
const REFUSED: usize = 250;

/// Deeper expressions are not followed, so that nobody who walks one runs out of stack: all that the server takes, and
/// chains of operators that are longer than anybody writes.
const DEEPEST: u16 = 1000;

/// Signs between two values, the function behind each, and how tightly it binds.
const OPERATORS: &[(&str, &str, u8)] = &[
    ("||", "||", 0),
    ("&&", "&&", 1),
    ("==", "_==_", 2),
    ("!=", "_!=_", 2),
    ("<=", "_<=_", 2),
    (">=", "_>=_", 2),
    ("<", "_<_", 2),
    (">", "_>_", 2),
    ("in", "@in", 2),
    ("+", "_+_", 3),
    ("-", "_-_", 3),
    ("*", "_*_", 4),
    ("/", "_/_", 4),
    ("%", "_%_", 4),
];

/// Longer texts are refused, as the server refuses them, in code points.
const LONGEST: usize = 100_000;

/// Reads an expression: one that goes no deeper than most do, or else one as deep as any may be.
pub(super) fn parse(text: &str) -> Result<Expr, Mistake> {
    match parse_within(text, SHALLOW) {
        Err(mistake) if mistake.kind == MistakeKind::TooDeep => {
            with_room(DEEPEST, || parse_within(text, DEEPEST)).unwrap_or(Err(mistake))
        }
        done => done,
    }
}

fn parse_within(text: &str, deepest: u16) -> Result<Expr, Mistake> {
    if text.len() > LONGEST && text.chars().count() > LONGEST {
        return Err(Mistake::new(0, "expression code point size exceeds limit"));
    }
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0, deepest };
    let mut open = 0usize;
    for (token, at) in &parser.tokens {
        match token {
            Token::Sign("(" | "[" | "{") => open += 1,
            Token::Sign(")" | "]" | "}") => open = open.saturating_sub(1),
            _ => {}
        }
        if open > REFUSED {
            return Err(Mistake::new(
                *at as usize,
                format!("expression recursion limit exceeded: {REFUSED}"),
            ));
        }
    }
    let expr = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("<EOF>")),
    }
}

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    depth: u16,
    /// Deeper it does not go.
    deepest: u16,
}

type Parsed = Result<Expr, Mistake>;

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn place(&self) -> u32 {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(own) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Mistake> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(self.unexpected(sign)),
        }
    }

    fn unexpected(&self, wanted: &str) -> Mistake {
        let found = self.peek().shown();
        let message = match (self.peek(), wanted) {
            (Token::End, ")" | "]" | "}") => format!("Syntax error: missing '{wanted}' at '<EOF>'"),
            (_, "<EOF>") => format!("Syntax error: mismatched input '{found}' expecting <EOF>"),
            _ => format!("Syntax error: mismatched input '{found}' expecting '{wanted}'"),
        };
        Mistake::new(self.place() as usize, message)
    }

    /// An expression around others, unless it is nested too deeply.
    fn node(&self, at: u32, kind: ExprKind) -> Parsed {
        let mut expr = Expr { at, depth: 0, kind };
        let deepest = expr.children().into_iter().map(|child| child.depth).max();
        expr.depth = deepest.map_or(1, |depth| depth + 1);
        self.bounded(expr)
    }

    fn bounded(&self, expr: Expr) -> Parsed {
        match expr.depth > self.deepest {
            true => Err(too_deep(expr.at)),
            false => Ok(expr),
        }
    }

    fn call(&self, at: u32, name: &str, method: bool, args: Vec<Expr>) -> Parsed {
        let call = Call { name: name.into(), function: library::find(name), method, args };
        self.node(at, ExprKind::Call(Box::new(call)))
    }

    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > self.deepest {
            return Err(too_deep(self.place()));
        }
        let condition = self.binary(0)?;
        let at = self.place();
        let whole = if self.take("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            let no = self.expression()?;
            self.node(at, ExprKind::Conditional(Box::new([condition, yes, no])))
        } else {
            Ok(condition)
        };
        self.depth -= 1;
        whole
    }

    /// Operators that bind at least so tightly, and what they stand between.
    fn binary(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let at = self.place();
            let Token::Sign(sign) = self.peek() else { return Ok(left) };
            let found = OPERATORS.iter().find(|operator| operator.0 == *sign && operator.2 >= least);
            let Some((_, name, binds)) = found else { return Ok(left) };
            self.at += 1;
            let right = self.binary(binds + 1)?;
            // A chain of one word is one node: it is nested no deeper than its parts.
            left = match (*name, &mut left.kind) {
                ("||", ExprKind::Or(parts)) | ("&&", ExprKind::And(parts)) => {
                    left.depth = left.depth.max(right.depth + 1);
                    parts.push(right);
                    self.bounded(left)?
                }
                ("||", _) => self.node(at, ExprKind::Or(vec![left, right]))?,
                ("&&", _) => self.node(at, ExprKind::And(vec![left, right]))?,
                (name, _) => self.call(at, name, false, vec![left, right])?,
            };
        }
    }

    fn unary(&mut self) -> Parsed {
        let at = self.place();
        for (sign, name) in [("!", "!_"), ("-", "-_")] {
            let mut count = 0;
            while self.take(sign) {
                count += 1;
            }
            if count == 0 {
                continue;
            }
            let mut inner = self.member()?;
            if sign == "-" {
                match &mut inner.kind {
                    ExprKind::Literal(Literal::Int(value)) if count == 1 => {
                        *value = value.wrapping_neg();
                        return Ok(inner);
                    }
                    ExprKind::Literal(Literal::Double(value)) if count == 1 => {
                        *value = -*value;
                        return Ok(inner);
                    }
                    _ => {}
                }
            }
            // Two of them undo each other.
            return match count % 2 {
                0 => Ok(inner),
                _ => self.call(at, name, false, vec![inner]),
            };
        }
        self.member()
    }

    fn member(&mut self) -> Parsed {
        let mut expr = self.primary()?;
        loop {
            let at = self.place();
            if self.take(".") {
                let optional = self.take("?");
                let field = match self.peek().clone() {
                    Token::Ident(name) => name,
                    Token::Quoted(name) => name,
                    Token::Sign("in") => return Err(self.unexpected("IDENTIFIER")),
                    _ => return Err(self.unexpected("IDENTIFIER")),
                };
                self.at += 1;
                let paren = self.place();
                if !optional && self.take("(") {
                    let args = self.arguments(")")?;
                    expr = self.method(paren, expr, &field, args)?;
                } else {
                    let of = Box::new(expr);
                    expr = self.node(at, ExprKind::Select { of, field: field.into(), optional })?;
                }
            } else if self.take("[") {
                let name = if self.take("?") { "_[?_]" } else { "_[_]" };
                let index = self.expression()?;
                self.expect("]")?;
                expr = self.call(at, name, false, vec![expr, index])?;
            } else if matches!(self.peek(), Token::Sign("{"))
                && let Some(name) = expr.qualified()
            {
                self.at += 1;
                let place = expr.at;
                expr = self.fields(place, name)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Expr>, Mistake> {
        let mut args = Vec::new();
        if self.take(end) {
            return Ok(args);
        }
        loop {
            args.push(self.expression()?);
            if !self.take(",") {
                self.expect(end)?;
                return Ok(args);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        let at = self.place();
        let token = self.peek().clone();
        match token {
            Token::Literal(literal) => {
                self.at += 1;
                // The smallest integer needs its minus.
                let behind_minus = self.at >= 2 && matches!(self.tokens[self.at - 2].0, Token::Sign("-"));
                if literal == Literal::Int(i64::MIN) && !behind_minus {
                    return Err(Mistake::new(at as usize, "Syntax error: invalid int literal".to_owned()));
                }
                self.node(at, ExprKind::Literal(literal))
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                self.at += 1;
                self.list(at)
            }
            Token::Sign("{") => {
                self.at += 1;
                self.map(at)
            }
            Token::Sign(".") => {
                self.at += 1;
                self.name(at)
            }
            Token::Ident(_) => self.name(at),
            _ => {
                let message = format!("Syntax error: mismatched input '{}' expecting a value", token.shown());
                Err(Mistake::new(at as usize, message))
            }
        }
    }

    fn name(&mut self, at: u32) -> Parsed {
        let Token::Ident(name) = self.peek().clone() else { return Err(self.unexpected("IDENTIFIER")) };
        if is_reserved(&name) {
            return Err(Mistake::new(at as usize, format!("Syntax error: reserved identifier: {name}")));
        }
        self.at += 1;
        let paren = self.place();
        if self.take("(") {
            let args = self.arguments(")")?;
            if name == "has" && args.len() == 1 {
                return self.has(paren, args);
            }
            return self.call(paren, &name, false, args);
        }
        self.node(at, ExprKind::Ident(name.into()))
    }

    fn has(&mut self, at: u32, mut args: Vec<Expr>) -> Parsed {
        let arg = args.remove(0);
        let place = arg.at;
        match arg.kind {
            ExprKind::Select { of, field, optional: false } => self.node(at, ExprKind::Has { of, field }),
            _ => Err(Mistake::new(place as usize, "invalid argument to has() macro".to_owned())),
        }
    }

    fn list(&mut self, at: u32) -> Parsed {
        let mut items = Vec::new();
        while !self.take("]") {
            let optional = self.take("?");
            items.push((self.expression()?, optional));
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        self.node(at, ExprKind::List(items))
    }

    fn map(&mut self, at: u32) -> Parsed {
        let mut entries = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?, optional));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        self.node(at, ExprKind::Map(entries))
    }

    /// The fields of a struct, behind the bracket.
    fn fields(&mut self, at: u32, name: String) -> Parsed {
        let mut fields = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let (Token::Ident(field) | Token::Quoted(field)) = self.peek().clone() else {
                return Err(self.unexpected("IDENTIFIER"));
            };
            self.at += 1;
            self.expect(":")?;
            fields.push((field.into(), self.expression()?, optional));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        self.node(at, ExprKind::Struct { name: name.into(), fields })
    }

    /// A method, or a macro that looks like one.
    fn method(&mut self, at: u32, target: Expr, name: &str, mut args: Vec<Expr>) -> Parsed {
        use FoldKind::*;
        let kind = match (name, args.len()) {
            ("all", 2 | 3) => All,
            ("exists", 2 | 3) => Exists,
            ("exists_one" | "existsOne", 2 | 3) => ExistsOne,
            ("map", 2 | 3) => Map,
            ("filter", 2) => Filter,
            ("transformList", 3 | 4) => TransformList,
            ("transformMap", 3 | 4) => TransformMap,
            ("transformMapEntry", 3 | 4) => TransformMapEntry,
            ("optMap" | "optFlatMap", 2) => {
                let (body, first) = (args.remove(1), variable(&args[0])?);
                let parts = Box::new([target, body]);
                return self
                    .node(at, ExprKind::OptMap { parts, name: first.into(), flat: name == "optFlatMap" });
            }
            ("sortBy", 2) => {
                let (key, first) = (args.remove(1), variable(&args[0])?.into());
                let range = target.clone();
                let keys = Fold { kind: Map, range, first, second: None, filter: None, body: key };
                let keys = self.node(at, ExprKind::Fold(Box::new(keys)))?;
                return self.call(at, "@sortBy", true, vec![target, keys]);
            }
            _ => {
                // Some functions have a first name: `sets.contains`.
                if let ExprKind::Ident(first) = &target.kind {
                    let whole = format!("{first}.{name}");
                    if library::find(&whole).is_some() {
                        return self.call(at, &whole, false, args);
                    }
                }
                args.insert(0, target);
                return self.call(at, name, true, args);
            }
        };
        let first = variable(&args[0])?.into();
        let pairs = matches!(kind, TransformList | TransformMap | TransformMapEntry)
            || (matches!(kind, All | Exists | ExistsOne) && args.len() == 3);
        let second = if pairs { Some(variable(&args[1])?.into()) } else { None };
        if second.as_ref() == Some(&first) {
            let message = format!("duplicate variable name: {first}");
            return Err(Mistake::new(args[1].at as usize, message));
        }
        let mut rest = args.split_off(if pairs { 2 } else { 1 });
        let body = rest.pop().ok_or_else(|| self.unexpected("expression"))?;
        let fold = Fold { kind, range: target, first, second, filter: rest.pop(), body };
        self.node(at, ExprKind::Fold(Box::new(fold)))
    }
}

fn too_deep(at: u32) -> Mistake {
    let message = "the expression is nested deeper than is followed here";
    Mistake { kind: MistakeKind::TooDeep, ..Mistake::new(at as usize, message) }
}

/// The name of a loop's variable.
fn variable(expr: &Expr) -> Result<String, Mistake> {
    match &expr.kind {
        ExprKind::Ident(name) => Ok(name.to_string()),
        _ => Err(Mistake::new(expr.at as usize, "argument must be a simple name".to_owned())),
    }
}
