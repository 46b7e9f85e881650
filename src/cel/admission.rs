//! The variables of admission policies: what each expression of one may read, and as what
//! (`staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/compile.go`).

use std::sync::Arc;

use super::check::Env;
use super::types::{Struct, Type};
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
        env = env.with("authorizer", Type::Opaque("kubernetes.authorization.Authorizer"));
    }
    if part != Part::Condition {
        let own = Struct { name: "kubernetes.variables".into(), fields: variables.to_vec() };
        env = env.with("variables", Type::Object(Arc::new(own)));
    }
    env.with("namespaceObject", namespace())
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
