//! The variables of admission policies: what each expression of one may read, and as what
//! (`staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/compile.go`).

use std::sync::Arc;

use super::check::{AUTHORIZER, Env};
use super::types::{Open, Struct, Type};
use crate::yaml::Text;

/// Where an expression of a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A match condition: before variables and the namespace are known.
    Condition,
    /// A validation, a variable, an audit annotation.
    Validation,
    /// What makes a message: it may not ask the authorizer.
    Message,
    /// What makes a patch: it writes out objects and operations.
    Mutation,
}

fn object(name: &'static str, fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, ty)| (Text::from(*name), ty.clone())).collect();
    Type::Object(Arc::new(Struct { name: name.into(), fields }))
}

/// The variables of an expression; `params`: the policy has a kind of parameters; `variables`: those of its own that
/// stand before it.
pub fn env(part: Part, params: bool, variables: &[(Text, Type)]) -> Env {
    let mut env =
        Env::new().with("object", Type::Dyn).with("oldObject", Type::Dyn).with("request", request());
    if params {
        env = env.with("params", Type::Dyn);
    }
    if part != Part::Message {
        env = env.with("authorizer", Type::Opaque(AUTHORIZER));
    }
    if part != Part::Condition {
        let own = Struct { name: "kubernetes.variables".into(), fields: variables.to_vec() };
        env = env.with("variables", Type::Object(Arc::new(own)));
    }
    if part == Part::Mutation {
        env = env.making(Arc::new(Open("Object".into()))).making(Arc::new(patch()));
    }
    env.with("namespaceObject", namespace())
}

/// One operation of a JSON patch.
fn patch() -> Struct {
    let text = |name: &str| (Text::from(name), Type::String);
    Struct {
        name: "JSONPatch".into(),
        fields: vec![text("op"), text("path"), text("from"), ("value".into(), Type::Dyn)],
    }
}

/// The variables of an expression that chooses devices
/// (`staging/src/k8s.io/dynamic-resource-allocation/cel/compile.go`).
pub fn device_env() -> Env {
    let by_domain = |of: Type| Type::map(Type::String, Type::map(Type::String, of));
    let device = object(
        "kubernetes.DRADevice",
        &[
            ("driver", Type::String),
            ("attributes", by_domain(Type::Dyn)),
            ("capacity", by_domain(Type::Opaque("kubernetes.Quantity"))),
            ("allowMultipleAllocations", Type::Bool),
        ],
    );
    Env::new().with("device", device)
}

fn request() -> Type {
    let text = Type::String;
    let kind = object(
        "kubernetes.GroupVersionKind",
        &[("group", text.clone()), ("version", text.clone()), ("kind", text.clone())],
    );
    let resource = object(
        "kubernetes.GroupVersionResource",
        &[("group", text.clone()), ("version", text.clone()), ("resource", text.clone())],
    );
    let user = object(
        "kubernetes.UserInfo",
        &[
            ("username", text.clone()),
            ("uid", text.clone()),
            ("groups", Type::list(text.clone())),
            ("extra", Type::map(text.clone(), Type::list(text.clone()))),
        ],
    );
    object(
        "kubernetes.AdmissionRequest",
        &[
            ("kind", kind.clone()),
            ("resource", resource.clone()),
            ("subResource", text.clone()),
            ("requestKind", kind),
            ("requestResource", resource),
            ("requestSubResource", text.clone()),
            ("name", text.clone()),
            ("namespace", text.clone()),
            ("operation", text),
            ("userInfo", user),
            ("dryRun", Type::Bool),
            ("options", Type::Dyn),
        ],
    )
}

fn namespace() -> Type {
    let (text, texts) = (Type::String, Type::map(Type::String, Type::String));
    let metadata = object(
        "kubernetes.NamespaceMetadata",
        &[
            ("name", text.clone()),
            ("generateName", text.clone()),
            ("namespace", text.clone()),
            ("labels", texts.clone()),
            ("annotations", texts),
            ("UID", text.clone()),
            ("creationTimestamp", Type::Timestamp),
            ("deletionGracePeriodSeconds", Type::Int),
            ("deletionTimestamp", Type::Timestamp),
            ("generation", Type::Int),
            ("resourceVersion", text.clone()),
            ("finalizers", Type::list(text.clone())),
        ],
    );
    let spec = object("kubernetes.NamespaceSpec", &[("finalizers", Type::list(text.clone()))]);
    let status = object("kubernetes.NamespaceStatus", &[("phase", text)]);
    object("kubernetes.Namespace", &[("metadata", metadata), ("spec", spec), ("status", status)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cel::Program;

    #[test]
    fn patches_write_out_objects_and_operations() {
        let ty = |part, text| {
            let found = Program::compile(text, &env(part, false, &[]));
            found.map(|program| program.ty().to_string()).map_err(|why| why[0].message.clone())
        };
        let object = "Object{metadata: Object.metadata{labels: {'a': 'b'}}, spec: Object.spec{replicas: object.spec.replicas + 1}}";
        assert_eq!(ty(Part::Mutation, object).as_deref(), Ok("Object"));
        let patch =
            "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: {}}]";
        assert_eq!(ty(Part::Mutation, patch).as_deref(), Ok("list(JSONPatch)"));
        for (part, text, message) in [
            (Part::Validation, object, "undeclared reference to 'Object'"),
            (Part::Mutation, "JSONPatch{of: 'add'}", "undefined field 'of'"),
            (Part::Mutation, "JSONPatch{op: 1}", "expected type 'string' but found 'int'"),
            (Part::Mutation, "Object{a}", "Syntax error: mismatched input '}' expecting ':'"),
        ] {
            assert_eq!(ty(part, text).err().as_deref(), Some(message), "{text}");
        }
    }
}
