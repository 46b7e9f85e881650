//! Words to trees, as Go's parser reads them.

use std::ops::Range;
use std::sync::Arc;

use super::call;
use super::lex::{self, Part, Token, Word};
use super::syntax::{Block, Branch, Command, Kind, Mistake, Name, Named, Node, Operand, Pipeline};
use crate::yaml::Text;

/// A parsed text: what it prints itself, and the templates that it defines.
#[derive(Debug)]
pub struct Parsed {
    /// What it prints.
    pub body: Arc<Block>,
    /// What it defines.
    pub defined: Vec<Named>,
}

/// Blocks and parentheses nest up to here.
const DEEPEST: usize = 100;

/// Reads a template.
pub fn parse(text: &str) -> Result<Parsed, Mistake> {
    let parts = lex::parts(text)?;
    let mut parser =
        Parser { parts: parts.into_iter(), defined: Vec::new(), variables: Vec::new(), depth: 0, loops: 0 };
    let (body, end) = parser.block()?;
    if let Some((name, range)) = end {
        return Err(Mistake { range, message: format!("unexpected {{{{{name}}}}}") });
    }
    Ok(Parsed { body: Arc::new(body), defined: parser.defined })
}

struct Parser {
    parts: std::vec::IntoIter<Part>,
    defined: Vec<Named>,
    /// The variables in scope.
    variables: Vec<Text>,
    depth: usize,
    loops: usize,
}

/// What ended a block: `end` or `else` with the words behind it.
type End = Option<(&'static str, Range<usize>)>;

impl Parser {
    fn block(&mut self) -> Result<(Block, End), Mistake> {
        let (body, end, _) = self.block_with_rest()?;
        Ok((body, end))
    }

    /// A block up to its `end` or `else`; what follows `else` comes along.
    fn block_with_rest(&mut self) -> Result<(Block, End, Vec<Word>), Mistake> {
        let mut body = Block::new();
        while let Some(part) = self.parts.next() {
            let (words, range) = match part {
                Part::Text(range) => {
                    body.push(Node::Text(range));
                    continue;
                }
                Part::Action(words, range) => (words, range),
            };
            let keyword = match words.first().map(|word| &word.token) {
                Some(Token::Name(name)) => name.clone(),
                None => return Err(Mistake { range, message: "missing value for command".to_owned() }),
                _ => Text::default(),
            };
            let rest = || words[1..].to_vec();
            match keyword.as_str() {
                "end" => return Ok((body, Some(("end", range)), Vec::new())),
                "else" => return Ok((body, Some(("else", range)), rest())),
                "if" | "with" | "range" => {
                    let node = self.branch(&keyword, rest(), range)?;
                    body.push(node);
                }
                "define" => self.named(constant(words.get(1), &range)?, &range)?,
                "block" => {
                    let name = constant(words.get(1), &range)?;
                    let pipeline = self.pipeline_of(words[2..].to_vec(), range.clone())?;
                    self.named(name.clone(), &range)?;
                    body.push(Node::Template(name, Some(pipeline), range));
                }
                "template" => {
                    let name = constant(words.get(1), &range)?;
                    let pipeline = match words.get(2) {
                        None => None,
                        Some(_) => Some(self.pipeline_of(words[2..].to_vec(), range.clone())?),
                    };
                    body.push(Node::Template(name, pipeline, range));
                }
                "break" | "continue" if words.len() == 1 => {
                    if self.loops == 0 {
                        let message = format!("{{{{{keyword}}}}} outside {{{{range}}}}");
                        return Err(Mistake { range, message });
                    }
                    body.push(if keyword == "break" { Node::Break } else { Node::Continue });
                }
                _ => body.push(Node::Action(self.pipeline_of(words, range)?)),
            }
        }
        Ok((body, None, Vec::new()))
    }

    fn named(&mut self, name: Name, range: &Range<usize>) -> Result<(), Mistake> {
        self.enter(range)?;
        let outer = std::mem::take(&mut self.variables);
        let loops = std::mem::take(&mut self.loops);
        let (body, end) = self.block()?;
        self.variables = outer;
        self.loops = loops;
        self.depth -= 1;
        closed(end, range)?;
        self.defined.push(Named { name, body: Arc::new(body) });
        Ok(())
    }

    fn enter(&mut self, range: &Range<usize>) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake { range: range.clone(), message: "nested too deep".to_owned() });
        }
        Ok(())
    }

    fn branch(&mut self, keyword: &str, words: Vec<Word>, range: Range<usize>) -> Result<Node, Mistake> {
        self.enter(&range)?;
        let outer = self.variables.len();
        let pipeline = self.pipeline_of(words, range.clone())?;
        let is_loop = usize::from(keyword == "range");
        self.loops += is_loop;
        let (then, end, rest) = self.block_with_rest()?;
        self.loops -= is_loop;
        let mut otherwise = Block::new();
        match end {
            Some(("else", place)) => match rest.first().map(|word| &word.token) {
                None => {
                    let (block, end) = self.block()?;
                    closed(end, &range)?;
                    otherwise = block;
                }
                Some(Token::Name(name)) if name == "if" || (name == "with" && keyword == "with") => {
                    // Its `end` is ours.
                    otherwise.push(self.branch(&name.clone(), rest[1..].to_vec(), place)?);
                }
                _ => {
                    let message = "unexpected words after {{else}}".to_owned();
                    return Err(Mistake { range: place, message });
                }
            },
            end => closed(end, &range)?,
        }
        self.variables.truncate(outer);
        self.depth -= 1;
        let branch = Branch { pipeline, then, otherwise };
        Ok(match keyword {
            "if" => Node::If(branch),
            "with" => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    fn pipeline_of(&mut self, words: Vec<Word>, range: Range<usize>) -> Result<Pipeline, Mistake> {
        let mut reader = Words { words, at: 0, range: range.clone(), depth: self.depth };
        let pipeline = reader.pipeline(&mut self.variables, range)?;
        match reader.next() {
            None => Ok(pipeline),
            Some(word) => {
                Err(Mistake { range: word.range, message: "unexpected word in an action".to_owned() })
            }
        }
    }
}

fn closed(end: End, opened: &Range<usize>) -> Result<(), Mistake> {
    match end {
        Some(("end", _)) => Ok(()),
        Some((name, range)) => Err(Mistake { range, message: format!("unexpected {{{{{name}}}}}") }),
        None => Err(Mistake { range: opened.clone(), message: "no {{end}} for this action".to_owned() }),
    }
}

fn constant(word: Option<&Word>, range: &Range<usize>) -> Result<Name, Mistake> {
    match word {
        Some(Word { token: Token::Str(text, _), range, .. }) => {
            Ok(Name { text: Text::from(&**text), place: range.start + 1..range.end - 1 })
        }
        _ => Err(Mistake { range: range.clone(), message: "the name of a template is a string".to_owned() }),
    }
}

struct Words {
    words: Vec<Word>,
    at: usize,
    range: Range<usize>,
    depth: usize,
}

impl Words {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<Word> {
        self.at += 1;
        self.words.get(self.at - 1).cloned()
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        let range = self.peek().map_or_else(|| self.range.clone(), |word| word.range.clone());
        Err(Mistake { range, message: message.into() })
    }

    fn pipeline(&mut self, scope: &mut Vec<Text>, range: Range<usize>) -> Result<Pipeline, Mistake> {
        let (variables, assigns) = self.declaration(scope)?;
        let mut commands = Vec::new();
        loop {
            let operands = self.command(scope)?;
            // A pipe that leads nowhere is no mistake to Go.
            if operands.is_empty() && !commands.is_empty() {
                break;
            }
            if operands.is_empty() {
                return self.error("missing value for command");
            }
            commands.push(Command { operands });
            match self.peek().map(|word| &word.token) {
                Some(Token::Pipe) => self.at += 1,
                _ => break,
            }
        }
        for command in commands.iter().skip(1) {
            let first = &command.operands[0];
            if matches!(
                first.kind,
                Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Int(_) | Kind::Float(_) | Kind::Str(..)
            ) {
                let message = "a pipe must lead into a function".to_owned();
                return Err(Mistake { range: first.range.clone(), message });
            }
        }
        // Variables are in scope behind their declaration.
        if !assigns {
            scope.extend(variables.iter().cloned());
        }
        Ok(Pipeline { variables, assigns, commands, range })
    }

    /// `$x :=`, `$x =`, `$k, $v :=`
    fn declaration(&mut self, scope: &[Text]) -> Result<(Vec<Text>, bool), Mistake> {
        let token = |ahead: usize| self.words.get(self.at + ahead).map(|word| &word.token);
        let (names, operator) = match (token(0), token(1), token(2)) {
            (Some(Token::Variable(one)), Some(Token::Comma), Some(Token::Variable(two))) => {
                (vec![one.clone(), two.clone()], 3)
            }
            (Some(Token::Variable(one)), _, _) => (vec![one.clone()], 1),
            _ => return Ok((Vec::new(), false)),
        };
        let assigns = match token(operator) {
            Some(Token::Declare) => false,
            Some(Token::Assign) => true,
            _ => return Ok((Vec::new(), false)),
        };
        if assigns && let Some(unknown) = names.iter().find(|name| !name.is_empty() && !scope.contains(name))
        {
            return self.error(format!("undefined variable \"${unknown}\""));
        }
        self.at += operator + 1;
        Ok((names, assigns))
    }

    fn command(&mut self, scope: &mut Vec<Text>) -> Result<Vec<Operand>, Mistake> {
        let mut operands: Vec<Operand> = Vec::new();
        while let Some(word) = self.peek() {
            if matches!(word.token, Token::Pipe | Token::Close) {
                break;
            }
            if !operands.is_empty() && !word.spaced && !matches!(word.token, Token::Open | Token::Comma) {
                return self.error("operands stand apart");
            }
            let operand = self.operand(scope)?;
            operands.push(operand);
        }
        Ok(operands)
    }

    fn operand(&mut self, scope: &mut Vec<Text>) -> Result<Operand, Mistake> {
        let Some(word) = self.next() else {
            return self.error("an operand is missing");
        };
        let mut range = word.range.clone();
        let mut kind = match word.token {
            Token::Name(name) => match name.as_str() {
                "true" => Kind::Bool(true),
                "false" => Kind::Bool(false),
                "nil" => Kind::Nil,
                name => match call::find(name) {
                    Some((name, function)) => Kind::Function(name, function),
                    None => {
                        let message = format!("function \"{name}\" not defined");
                        return Err(Mistake { range, message });
                    }
                },
            },
            Token::Field(name) => Kind::Field(vec![name]),
            Token::Dot => Kind::Dot,
            Token::Variable(name) => {
                if !name.is_empty() && !scope.contains(&name) {
                    let message = format!("undefined variable \"${name}\"");
                    return Err(Mistake { range, message });
                }
                Kind::Variable(name, Vec::new())
            }
            Token::Str(text, exact) => Kind::Str(text, exact),
            Token::Int(value) => Kind::Int(value),
            Token::Float(value) => Kind::Float(value),
            Token::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Mistake { range, message: "nested too deep".to_owned() });
                }
                let pipeline = self.pipeline(scope, range.clone())?;
                self.depth -= 1;
                match self.next() {
                    Some(Word { token: Token::Close, range: close, .. }) => range.end = close.end,
                    _ => return Err(Mistake { range, message: "unclosed left paren".to_owned() }),
                }
                Kind::Pipeline(Box::new(Pipeline { range: range.clone(), ..pipeline }))
            }
            Token::Pipe | Token::Declare | Token::Assign | Token::Comma | Token::Close => {
                return Err(Mistake { range, message: "unexpected word in an action".to_owned() });
            }
        };
        // `.a.b`, `$x.a`, `(…).a`: fields that follow without a space.
        let mut fields = Vec::new();
        while let Some(Word { token: Token::Field(name), range: place, spaced: false }) = self.peek() {
            fields.push(name.clone());
            range.end = place.end;
            self.next();
        }
        if !fields.is_empty() {
            kind = match kind {
                Kind::Field(mut names) => {
                    names.append(&mut fields);
                    Kind::Field(names)
                }
                Kind::Variable(name, _) => Kind::Variable(name, fields),
                Kind::Bool(_) | Kind::Nil | Kind::Int(_) | Kind::Float(_) | Kind::Str(..) | Kind::Dot => {
                    return Err(Mistake { range, message: "unexpected . after a constant".to_owned() });
                }
                other => Kind::Chain(Box::new(Operand { kind: other, range: word.range.clone() }), fields),
            };
        }
        Ok(Operand { kind, range })
    }
}
