//! stub
use crate::finding::Finding;
use crate::kube::object::Object;
use crate::run::Reported;
use crate::settings::Settings;
use crate::yaml::Tree;
pub fn silence(_: &mut [Reported], _: &[&Tree], _: &[Object<'_>], _: &Settings) -> Vec<Finding> {
    Vec::new()
}
