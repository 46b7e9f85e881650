//! Words to syntax, as Go's parser reads them.

use std::ops::Range;

use super::call;
use super::lex::{Part, Parts, Token, Word};
use super::place::{Mistake, Place};
use super::syntax::{Block, Branch, Command, Kind, Many, Name, Named, Node, One, Operand, Pipeline, Syntax};
use crate::yaml::Text;

/// A parsed text: what it prints itself, and the templates that it defines.
#[derive(Debug)]
pub struct Parsed {
    /// What it consists of.
    pub syntax: Syntax,
    /// What it prints.
    pub body: Block,
    /// What it defines.
    pub defined: Vec<Named>,
}

/// Blocks and parentheses nest up to here.
const DEEPEST: usize = 100;

/// Reads a template.
pub fn parse(text: &str) -> Result<Parsed, Mistake> {
    let mut parser = Parser::new(text);
    let (body, end) = parser.block()?;
    if let Some((name, place)) = end {
        return Err(unexpected(name, place));
    }
    Ok(Parsed { syntax: parser.syntax, body, defined: parser.defined })
}

struct Parser<'t> {
    parts: Parts<'t>,
    /// The words of the action that is read, and the next of them.
    words: Vec<Word<'t>>,
    at: usize,
    /// Where that action stands.
    action: Place,
    syntax: Syntax,
    /// Nodes, commands and operands of what is not read to its end.
    nodes: Vec<Node>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
    defined: Vec<Named>,
    /// The variables in scope.
    variables: Vec<&'t str>,
    depth: usize,
    loops: usize,
}

/// What ended a block: `end` or `else`, whose other words are the next ones.
type End = Option<(&'static str, Place)>;

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Parser {
            parts: Parts::new(text),
            words: Vec::new(),
            at: 0,
            action: Place { start: 0, end: 0 },
            syntax: Syntax::default(),
            nodes: Vec::new(),
            commands: Vec::new(),
            operands: Vec::new(),
            defined: Vec::new(),
            variables: Vec::new(),
            depth: 0,
            loops: 0,
        }
    }

    /// A block up to its `end` or `else`.
    fn block(&mut self) -> Result<(Block, End), Mistake> {
        let first = self.nodes.len();
        let end = loop {
            let place = match self.parts.part(&mut self.words)? {
                None => break None,
                Some(Part::Text(place)) => {
                    self.nodes.push(Node::Text(place));
                    continue;
                }
                Some(Part::Action(place)) => place,
            };
            (self.at, self.action) = (0, place);
            let keyword = match self.words.first().map(|word| &word.token) {
                Some(Token::Name(name)) => *name,
                None => return Err(mistake(place, "missing value for command")),
                _ => "",
            };
            self.at = 1;
            match keyword {
                "end" => break Some(("end", place)),
                "else" => break Some(("else", place)),
                "if" | "with" | "range" => {
                    let node = self.branch(keyword, place)?;
                    self.nodes.push(node);
                }
                "define" => {
                    let name = self.constant(place)?;
                    self.named(name, place)?;
                }
                "block" => {
                    let name = self.constant(place)?;
                    let pipeline = self.whole_pipeline(place)?;
                    self.named(name.clone(), place)?;
                    let name = One::pushed(&mut self.syntax.called, name);
                    self.nodes.push(Node::Template(name, Some(pipeline), place));
                }
                "template" => {
                    let name = self.constant(place)?;
                    let pipeline = match self.words.get(2) {
                        None => None,
                        Some(_) => Some(self.whole_pipeline(place)?),
                    };
                    let name = One::pushed(&mut self.syntax.called, name);
                    self.nodes.push(Node::Template(name, pipeline, place));
                }
                "break" | "continue" if self.words.len() == 1 => {
                    if self.loops == 0 {
                        return Err(mistake(place, format!("{{{{{keyword}}}}} outside {{{{range}}}}")));
                    }
                    self.nodes.push(if keyword == "break" { Node::Break } else { Node::Continue });
                }
                _ => {
                    self.at = 0;
                    let pipeline = self.whole_pipeline(place)?;
                    self.nodes.push(Node::Action(pipeline));
                }
            }
        };
        Ok((Many::moved(&mut self.syntax.nodes, &mut self.nodes, first), end))
    }

    fn named(&mut self, name: Name, place: Place) -> Result<(), Mistake> {
        self.enter(place)?;
        let outer = std::mem::take(&mut self.variables);
        let loops = std::mem::take(&mut self.loops);
        let (body, end) = self.block()?;
        self.variables = outer;
        self.loops = loops;
        self.depth -= 1;
        closed(end, place)?;
        self.defined.push(Named { name, body });
        Ok(())
    }

    fn enter(&mut self, place: Place) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(mistake(place, "nested too deep"));
        }
        Ok(())
    }

    /// `if`, `with` or `range`, of which the next words are the condition.
    fn branch(&mut self, keyword: &str, place: Place) -> Result<Node, Mistake> {
        self.enter(place)?;
        let outer = self.variables.len();
        let pipeline = self.whole_pipeline(place)?;
        let is_loop = usize::from(keyword == "range");
        self.loops += is_loop;
        let (then, end) = self.block()?;
        self.loops -= is_loop;
        let mut otherwise = Block::none();
        match end {
            Some(("else", other)) => match self.words.get(1).map(|word| &word.token) {
                None => {
                    let (block, end) = self.block()?;
                    closed(end, place)?;
                    otherwise = block;
                }
                Some(Token::Name(name)) if *name == "if" || (*name == "with" && keyword == "with") => {
                    // Its `end` is ours.
                    let name = *name;
                    self.at = 2;
                    let first = self.nodes.len();
                    let node = self.branch(name, other)?;
                    self.nodes.push(node);
                    otherwise = Many::moved(&mut self.syntax.nodes, &mut self.nodes, first);
                }
                _ => return Err(mistake(other, "unexpected words after {{else}}")),
            },
            end => closed(end, place)?,
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

    /// The name of a template as the second word.
    fn constant(&mut self, place: Place) -> Result<Name, Mistake> {
        self.at = 2;
        match self.words.get(1) {
            Some(Word { token: Token::Str(text, _), place, .. }) => {
                let Range { start, end } = place.range();
                Ok(Name { text: text.clone(), place: start + 1..end - 1 })
            }
            _ => Err(mistake(place, "the name of a template is a string")),
        }
    }

    /// A pipeline that all the next words are.
    fn whole_pipeline(&mut self, place: Place) -> Result<Pipeline, Mistake> {
        let depth = self.depth;
        let pipeline = self.pipeline(place)?;
        self.depth = depth;
        match self.words.get(self.at) {
            None => Ok(pipeline),
            Some(word) => Err(mistake(word.place, "unexpected word in an action")),
        }
    }

    fn token(&self, ahead: usize) -> Option<&Token<'t>> {
        self.words.get(self.at + ahead).map(|word| &word.token)
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        Err(mistake(self.words.get(self.at).map_or(self.action, |word| word.place), message))
    }

    fn pipeline(&mut self, place: Place) -> Result<Pipeline, Mistake> {
        let (declared, assigns) = self.declaration()?;
        let first = self.commands.len();
        loop {
            let operands = self.command()?;
            let is_first = self.commands.len() == first;
            // A pipe that leads nowhere is no mistake to Go.
            if operands.is_empty() && !is_first {
                break;
            }
            if operands.is_empty() {
                return self.error("missing value for command");
            }
            if !is_first {
                self.check_receiver(operands)?;
            }
            self.commands.push(Command { operands });
            match self.token(0) {
                Some(Token::Pipe) => self.at += 1,
                _ => break,
            }
        }
        let commands = Many::moved(&mut self.syntax.commands, &mut self.commands, first);
        let from = self.syntax.names.len();
        let names = declared.into_iter().flatten();
        self.syntax.names.extend(names.clone().map(Text::from));
        // Variables are in scope behind their declaration.
        if !assigns {
            self.variables.extend(names);
        }
        let variables = Many::since(&self.syntax.names, from);
        Ok(Pipeline { variables, assigns, commands, place })
    }

    /// What a pipe leads into has to be able to take something.
    fn check_receiver(&self, operands: Many<Operand>) -> Result<(), Mistake> {
        let first = &self.syntax[operands][0];
        match first.kind {
            Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Int(_) | Kind::Float(_) | Kind::Str(..) => {
                Err(mistake(first.place, "a pipe must lead into a function"))
            }
            _ => Ok(()),
        }
    }

    /// `$x :=`, `$x =`, `$k, $v :=`
    fn declaration(&mut self) -> Result<([Option<&'t str>; 2], bool), Mistake> {
        let (names, operator) = match (self.token(0), self.token(1), self.token(2)) {
            (Some(Token::Variable(one)), Some(Token::Comma), Some(Token::Variable(two))) => {
                ([Some(*one), Some(*two)], 3)
            }
            (Some(Token::Variable(one)), _, _) => ([Some(*one), None], 1),
            _ => return Ok(([None; 2], false)),
        };
        let assigns = match self.token(operator) {
            Some(Token::Declare) => false,
            Some(Token::Assign) => true,
            _ => return Ok(([None; 2], false)),
        };
        let is_unknown = |name: &&&str| !name.is_empty() && !self.variables.contains(*name);
        if assigns && let Some(unknown) = names.iter().flatten().find(is_unknown) {
            return self.error(format!("undefined variable \"${unknown}\""));
        }
        self.at += operator + 1;
        Ok((names, assigns))
    }

    fn command(&mut self) -> Result<Many<Operand>, Mistake> {
        let first = self.operands.len();
        while let Some(word) = self.words.get(self.at) {
            if matches!(word.token, Token::Pipe | Token::Close) {
                break;
            }
            let is_first = self.operands.len() == first;
            if !is_first && !word.spaced && !matches!(word.token, Token::Open | Token::Comma) {
                return self.error("operands stand apart");
            }
            let operand = self.operand()?;
            self.operands.push(operand);
        }
        Ok(Many::moved(&mut self.syntax.operands, &mut self.operands, first))
    }

    fn operand(&mut self) -> Result<Operand, Mistake> {
        let Some(word) = self.words.get(self.at).cloned() else {
            return self.error("an operand is missing");
        };
        self.at += 1;
        let own = word.place;
        let mut place = own;
        let mut field = None;
        let mut kind = match word.token {
            Token::Name("true") => Kind::Bool(true),
            Token::Name("false") => Kind::Bool(false),
            Token::Name("nil") => Kind::Nil,
            Token::Name(name) => match call::find(name) {
                Some((name, function)) => Kind::Function(name, function),
                None => return Err(mistake(own, format!("function \"{name}\" not defined"))),
            },
            Token::Field(name) => {
                field = Some(name);
                Kind::Field(Many::none())
            }
            Token::Dot => Kind::Dot,
            Token::Variable(name) => {
                if !name.is_empty() && !self.variables.contains(&name) {
                    return Err(mistake(own, format!("undefined variable \"${name}\"")));
                }
                Kind::Variable(name.into(), Many::none())
            }
            Token::Str(text, exact) => Kind::Str(text, exact),
            Token::Int(value) => Kind::Int(value),
            Token::Float(value) => Kind::Float(value),
            Token::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(mistake(own, "nested too deep"));
                }
                let pipeline = self.pipeline(own)?;
                self.depth -= 1;
                match self.words.get(self.at) {
                    Some(Word { token: Token::Close, place: close, .. }) => place.end = close.end,
                    _ => return Err(mistake(own, "unclosed left paren")),
                }
                self.at += 1;
                Kind::Pipeline(One::pushed(&mut self.syntax.pipelines, Pipeline { place, ..pipeline }))
            }
            Token::Pipe | Token::Declare | Token::Assign | Token::Comma | Token::Close => {
                return Err(mistake(own, "unexpected word in an action"));
            }
        };
        // `.a.b`, `$x.a`, `(…).a`: fields that follow without a space.
        let from = self.syntax.names.len();
        self.syntax.names.extend(field.map(Text::from));
        let mut follow = false;
        while let Some(Word { token: Token::Field(name), place: end, spaced: false }) =
            self.words.get(self.at)
        {
            self.syntax.names.push(Text::from(*name));
            place.end = end.end;
            self.at += 1;
            follow = true;
        }
        let fields = Many::since(&self.syntax.names, from);
        kind = match kind {
            Kind::Field(_) => Kind::Field(fields),
            kind if !follow => kind,
            Kind::Variable(name, _) => Kind::Variable(name, fields),
            Kind::Bool(_) | Kind::Nil | Kind::Int(_) | Kind::Float(_) | Kind::Str(..) | Kind::Dot => {
                return Err(mistake(place, "unexpected . after a constant"));
            }
            other => {
                let inner = Operand { kind: other, place: own };
                Kind::Chain(One::pushed(&mut self.syntax.operands, inner), fields)
            }
        };
        Ok(Operand { kind, place })
    }
}

fn mistake(place: Place, message: impl Into<String>) -> Mistake {
    Mistake { range: place.range(), message: message.into() }
}

fn unexpected(name: &str, place: Place) -> Mistake {
    mistake(place, format!("unexpected {{{{{name}}}}}"))
}

fn closed(end: End, opened: Place) -> Result<(), Mistake> {
    match end {
        Some(("end", _)) => Ok(()),
        Some((name, place)) => Err(unexpected(name, place)),
        None => Err(mistake(opened, "no {{end}} for this action")),
    }
}
