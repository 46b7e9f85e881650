//! What a field takes, in words for people: its type, what the server asks of it and fills in, and since when it is there.

use super::required;
use super::shape::{Field, Struct, Want};
use super::validate::Check;
use super::{kinds, update};

/// What is known of a field of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// What its value is: "a list of `Container`".
    pub ty: String,
    /// The server refuses an object without it.
    pub is_required: bool,
    /// What else the server asks of the value, behind "must be" or "may have".
    pub asks: Vec<String>,
    /// The words that it may be.
    pub words: Vec<String>,
    /// What the server fills in, as JSON.
    pub default: Option<String>,
    /// The first minor version of Kubernetes 1 that has it, if the oldest known one does not.
    pub since: Option<u32>,
    /// What its definition says of it.
    pub text: Option<String>,
}

/// What the field at the end of a path of keys takes; items of lists have no step of their own. `None` for what is not
/// built in, and for names that the author chooses.
pub fn describe(api_version: &str, kind: &str, path: &[&str]) -> Option<Described> {
    let (last, way) = path.split_last()?;
    let mut want = kinds::find(api_version, kind)?.want();
    for key in way {
        want = match within(want) {
            Want::Map(inner) => *inner,
            want => field_of(want, key)?.1.want,
        };
    }
    let (shape, field) = field_of(within(want), last)?;
    let mut found = Described {
        ty: type_of(field.want, true),
        is_required: required::is_needed(shape.ty, field.name),
        default: update::default_of(shape, field.name),
        since: (field.since > 0).then(|| u32::from(field.since)),
        ..Described::default()
    };
    if let Some(check) = field.check {
        found.add(check);
    }
    Some(found)
}

/// What the items of lists are.
fn within(want: Want) -> Want {
    match want {
        Want::List(inner) => within(*inner),
        want => want,
    }
}

fn field_of(want: Want, key: &str) -> Option<(&'static Struct, &'static Field)> {
    let shape = match want {
        Want::Map(_) => return None,
        want => want.structure()?.0,
    };
    Some((shape, shape.fields.iter().find(|field| field.name == key)?))
}

/// A type in words, with its article or as one of many.
fn type_of(want: Want, one: bool) -> String {
    let choose = |single: &str, many: &str| if one { single.to_owned() } else { many.to_owned() };
    match want {
        Want::Anything => choose("any value", "any values"),
        Want::Scalar(expected) if one => expected.name().to_owned(),
        Want::Scalar(expected) => {
            // "an integer or a string" is "integers or strings" of many.
            let words = expected.name().split(" or ").map(|word| {
                let bare = word.trim_start_matches("an ").trim_start_matches("a ");
                match bare.strip_suffix('y') {
                    Some(stem) if !bare.ends_with("ay") => format!("{stem}ies"),
                    _ => format!("{bare}s"),
                }
            });
            words.collect::<Vec<_>>().join(" or ")
        }
        Want::Bytes => choose("text in base64", "texts in base64"),
        Want::Quantity => {
            choose("a quantity, such as `500m` or `1Gi`", "quantities, such as `500m` or `1Gi`")
        }
        Want::Schema | Want::SchemaOr(_) => choose("a JSON schema", "JSON schemas"),
        Want::List(inner) => choose("a list of ", "lists of ") + &type_of(*inner, false),
        Want::Map(inner) => {
            choose("a mapping of names to ", "mappings of names to ") + &type_of(*inner, false)
        }
        Want::Struct(shape) => format!("`{}`", shape.name),
    }
}

impl Described {
    fn add(&mut self, check: Check) {
        let asks = match check {
            Check::All(checks) => return checks.iter().for_each(|check| self.add(*check)),
            Check::OneOf(words) | Check::GivenOneOf(words) => {
                return self.words.extend(words.iter().map(|word| (*word).to_owned()));
            }
            Check::Is(text) | Check::Given(text) => format!("must be {}", text.wants),
            Check::Between(low, i64::MAX) => format!("must be at least {low}"),
            Check::Between(low, high) => format!("must be from {low} to {high}"),
            Check::PortOrName => "must be from 1 to 65535, or the name of a port of the container".to_owned(),
            Check::TargetPort => "must be a port number, or the name of a port of the pods".to_owned(),
            Check::PortName => "must be lower case letters, digits and `-`, at most 15".to_owned(),
            Check::IntOrPercent { capped: true } => {
                "must be an integer, or a percentage of at most 100%".to_owned()
            }
            Check::IntOrPercent { capped: false } => "must be an integer, or a percentage".to_owned(),
            Check::Keys(text) => format!("its keys must be {}", text.wants),
            Check::Cron => "must be a schedule of five fields, such as `0 3 * * *`".to_owned(),
            Check::Image => "must be an image reference".to_owned(),
            Check::Positive => "must be greater than zero".to_owned(),
            Check::NotNegative => "must not be negative".to_owned(),
            Check::Network => "must be a network, such as `10.0.0.0/8`".to_owned(),
            Check::AtMost(most) => format!("may have at most {most} items"),
            Check::Short(most) => format!("may have at most {most} characters"),
            Check::Unique => "no item may be there twice".to_owned(),
            Check::Any
            | Check::Labels
            | Check::Annotations
            | Check::DataKeys
            | Check::NodeLabel
            | Check::NodeLabels => return,
        };
        self.asks.push(asks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(path: &str) -> Described {
        let keys: Vec<&str> = path.split('.').collect();
        describe("apps/v1", "Deployment", &keys).unwrap_or_else(|| panic!("{path}"))
    }

    #[test]
    fn fields_are_described() {
        let replicas = deployment("spec.replicas");
        assert_eq!((replicas.ty.as_str(), replicas.default.as_deref()), ("an integer", Some("1")));
        assert_eq!(replicas.asks, ["must be at least 0"]);
        assert!(deployment("spec.selector").is_required);
        let pull = deployment("spec.template.spec.containers.imagePullPolicy");
        assert_eq!(pull.words, ["Always", "IfNotPresent", "Never"]);
        assert_eq!(deployment("spec.template.spec.containers").ty, "a list of `Container`");
        assert_eq!(deployment("spec.template.spec.containers.args").ty, "a list of strings");
        assert_eq!(deployment("metadata.labels").ty, "a mapping of names to strings");
        let limits = deployment("spec.template.spec.containers.resources.limits");
        assert_eq!(limits.ty, "a mapping of names to quantities, such as `500m` or `1Gi`");
        assert_eq!(deployment("spec.template.spec.restartPolicy").default.as_deref(), Some("Always"));
        assert!(deployment("spec.template.spec.containers.restartPolicyRules").since.is_some());
        assert_eq!(describe("apps/v1", "Deployment", &["metadata", "labels", "app"]), None);
        assert_eq!(describe("example.com/v1", "Thing", &["spec"]), None);
    }
}
