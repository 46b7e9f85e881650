//! What rules may read of a schema: its fields with their types and sizes, under the names that rules use
//! (`apiextensions-apiserver/pkg/apiserver/schema/cel/model/adaptor.go`, `apiserver/pkg/cel/common/schemas.go`).

use std::sync::Arc;

use super::schema::{Others, Schema};
use crate::cel::{Declared, Shape, Type, is_word};
use crate::schema::Expected;
use crate::yaml::{Node, Text};

/// A text in UTF-8 takes up to four bytes for each character.
const BYTES: u64 = 4;

/// What rules see of values of a schema; nothing, where the schema says no type. `whole`: the value is an object of
/// the API, with its type and its name.
pub(super) fn declare(schema: &Schema<'_>, whole: bool, path: &str) -> Option<Arc<Declared>> {
    let limits = schema.limits.as_deref();
    let number = |node: Option<Node<'_>>| node.and_then(Node::int).map(|count| count.max(0) as u64);
    Some(match schema.ty? {
        Expected::Boolean => Declared::plain(Type::Bool, 0, 4),
        Expected::Number => Declared::plain(Type::Double, 0, 1),
        Expected::Integer32 | Expected::Integer64 => Declared::plain(Type::Int, 0, 1),
        Expected::IntegerOrString => {
            let most = number(limits.and_then(|limits| limits.max_length));
            let text = Declared::text(most.map(|most| most.saturating_mul(BYTES)));
            Declared::plain(Type::Dyn, text.most, 1)
        }
        Expected::String => match limits.and_then(|limits| limits.format).and_then(Node::str) {
            Some("date" | "date-time") => Declared::plain(Type::Timestamp, 0, 12),
            Some("duration") => Declared::plain(Type::Duration, 0, 4),
            Some("byte") => {
                let most = number(limits.and_then(|limits| limits.max_length));
                Declared::plain(Type::Bytes, Declared::text(most).most, 2)
            }
            _ => {
                let words = limits
                    .and_then(|limits| limits.choice)
                    .map(|list| list.items().map(|word| word.text().len() as u64).max().unwrap_or(0));
                let most = number(limits.and_then(|limits| limits.max_length));
                Declared::text(words.or(most.map(|most| most.saturating_mul(BYTES))))
            }
        },
        Expected::List => {
            let items = schema.items.as_deref()?;
            let inner = declare(items, items.embedded, &format!("{path}.@idx"))?;
            Declared::list(inner, number(limits.and_then(|limits| limits.max_items)))
        }
        Expected::Mapping => match &schema.others {
            Others::Of(others) => {
                let inner = declare(others, others.embedded, &format!("{path}.@elem"))?;
                Declared::map(inner, number(limits.and_then(|limits| limits.max_properties)))
            }
            _ => object(schema, whole, path),
        },
        _ => return None,
    })
}

fn object(schema: &Schema<'_>, whole: bool, path: &str) -> Arc<Declared> {
    let mut fields: Vec<(Text, Arc<Declared>)> = Vec::new();
    let mut least = 2;
    for (name, field) in &schema.fields {
        let inner = declare(field, field.embedded, &format!("{path}.{name}"));
        let (Some(inner), Some(escaped)) = (inner, escaped(name)) else { continue };
        if schema.required.iter().any(|required| required.text() == *name) && !field.default {
            least += name.len() as u64 + inner.least + 4;
        }
        if escaped != *name && is_word(name) {
            fields.push(((*name).into(), Arc::clone(&inner)));
        }
        fields.push((escaped, inner));
    }
    if whole {
        let metadata =
            vec![("name".into(), Declared::text(None)), ("generateName".into(), Declared::text(None))];
        let metadata = Shape::Object(format!("{path}.metadata").into(), metadata);
        let metadata = Arc::new(Declared { shape: metadata, most: 0, least: 2 });
        fields.retain(|field| !matches!(field.0.as_str(), "metadata" | "kind" | "apiVersion"));
        fields.push(("kind".into(), Declared::text(None)));
        fields.push(("apiVersion".into(), Declared::text(None)));
        fields.push(("metadata".into(), metadata));
    }
    Arc::new(Declared { shape: Shape::Object(path.into(), fields), most: 0, least })
}

/// The name of a field in a rule: words of CEL are called otherwise, though most of them may stand behind a dot all the
/// same. `None` if no rule can name it (`apiserver/pkg/cel/escaping.go`).
pub(super) fn escaped(name: &str) -> Option<Text> {
    if is_word(name) {
        return Some(format!("__{name}__").into());
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !name.contains("__") {
        return Some(name.into());
    }
    let made =
        name.replace("__", "\0").replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__");
    let made = made.replace('\0', "__underscores__");
    made.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then(|| made.into())
}
