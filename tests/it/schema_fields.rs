//! Every field of every struct of the API, changed in every way that people change fields by accident: it has the
//! wrong type, is misspelt, stands a level too high or too deep, is missing, is there twice. Each is found at its own
//! bytes, and what is suggested is what was done.
//!
//! What there is comes from the schemas that `k8s-openapi` ships and not from the types that decode the objects.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::support::api::{Api, Type};
use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};
use wplint::files::{FileId, SourceFile};
use wplint::schema::{self, Cause, TroubleKind};
use wplint::yaml::{self, Node, Step, Tree};

static API: LazyLock<Api> = LazyLock::new(Api::read);

/// A struct in the object of a kind, with those around it.
#[derive(Clone, Debug)]
struct Place {
    api_version: String,
    kind: String,
    /// From the object down to the struct.
    chain: Vec<Link>,
}

#[derive(Clone, Debug)]
struct Link {
    /// JSON pointer to the struct.
    pointer: String,
    /// The field of the struct around it that leads here; empty for the object.
    field: String,
    /// Path of its type.
    ty: String,
}

impl Place {
    fn own(&self) -> &Link {
        self.chain.last().expect("the object at least")
    }

    fn name(&self) -> &str {
        self.own().ty.rsplit("::").next().expect("a name")
    }
}

/// Every struct once, where it is reached first; objects as such in all their kinds.
fn places(api: &Api) -> Vec<Place> {
    let (mut seen, mut places) = (HashSet::new(), Vec::new());
    for ((api_version, kind), ty) in &api.kinds {
        // Lists are taken apart before anything is decoded, and the rest has no struct to decode into.
        if schema::kinds().all(|known| known != (api_version.as_str(), kind.as_str())) {
            continue;
        }
        let root = Link { pointer: String::new(), field: String::new(), ty: ty.clone() };
        let mut open = VecDeque::from([vec![root]]);
        while let Some(chain) = open.pop_front() {
            let last = chain.last().expect("a link");
            if !seen.insert(last.ty.clone()) {
                continue;
            }
            for (field, inner) in &api.structs[&last.ty].fields {
                // The status is the server's, and a schema inside of a schema is decoded by itself.
                if (chain.len() == 1 && field == "status") || last.ty.ends_with("::JSONSchemaProps") {
                    continue;
                }
                let mut pointer = format!("{}/{field}", last.pointer);
                let mut inner = inner;
                while let Type::List(of) | Type::Map(of) = inner {
                    pointer.push_str(if matches!(inner, Type::List(_)) { "/0" } else { "/k" });
                    inner = of;
                }
                if let Type::Struct(ty) = inner {
                    let mut next = chain.clone();
                    next.push(Link { pointer, field: field.clone(), ty: ty.clone() });
                    open.push_back(next);
                }
            }
            places.push(Place { api_version: api_version.clone(), kind: kind.clone(), chain });
        }
    }
    places
}

/// An object in which the struct of the place has all its fields and everything else no more than it needs.
fn object(api: &Api, place: &Place) -> Json {
    let mut object = api.sample(&Type::Struct(place.chain[0].ty.clone()));
    object["apiVersion"] = json!(place.api_version);
    object["kind"] = json!(place.kind);
    for pair in place.chain.windows(2) {
        let around = object.pointer_mut(&pair[0].pointer).expect("it was made");
        if around.get(&pair[1].field).is_none() {
            around[&pair[1].field] = api.sample(&api.structs[&pair[0].ty].fields[&pair[1].field]);
        }
    }
    let own = object.pointer_mut(&place.own().pointer).expect("it was made");
    for (field, ty) in &api.structs[&place.own().ty].fields {
        if own.get(field).is_none() && !(place.chain.len() == 1 && field == "status") {
            own[field] = api.sample(ty);
        }
    }
    complete(api, place, object)
}

/// Adds what the schema does not require and validation does.
fn complete(api: &Api, place: &Place, mut object: Json) -> Json {
    for _ in 0..10 {
        let text = object.to_string();
        let tree = parse(&text);
        let missing = schema::missing(tree.root());
        if missing.is_empty() {
            return object;
        }
        for (parent, field) in missing {
            let path = parent.path();
            let ty = type_at(api, &place.chain[0].ty, &path);
            let value = match ty.and_then(|ty| api.structs[&ty].fields.get(field).cloned()) {
                Some(ty) => api.sample(&ty),
                None => json!("a"),
            };
            let map = path.iter().fold(&mut object, |value, step| match step {
                Step::Key(key) => &mut value[*key],
                Step::Item(item) => &mut value[*item],
            });
            map[field] = value;
        }
    }
    panic!("{place:?} is never complete: {object}");
}

/// The struct at the end of a way.
fn type_at(api: &Api, root: &str, path: &[Step<'_>]) -> Option<String> {
    let mut ty = Type::Struct(root.to_owned());
    for step in path {
        ty = match (ty, step) {
            (Type::Struct(path), Step::Key(key)) => api.structs[&path].fields.get(*key)?.clone(),
            (Type::Map(of), Step::Key(_)) | (Type::List(of), Step::Item(_)) => *of,
            _ => return None,
        };
    }
    match ty {
        Type::Struct(path) => Some(path),
        _ => None,
    }
}

fn parse(text: &str) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    yaml::parse(&source, &pieces[0]).expect("JSON is YAML")
}

/// The text of an object, and where one field of it stands.
struct Written {
    text: String,
    key: Range<usize>,
    value: Range<usize>,
}

/// Writes an object, noting the field of the mapping at a pointer; `twice` writes that field twice.
fn write(object: &Json, pointer: &str, field: &str, twice: bool) -> Written {
    let mut written = Written { text: String::new(), key: 0..0, value: 0..0 };
    put(object, "", &(pointer, field, twice), &mut written);
    written.text.push('\n');
    written
}

fn put(value: &Json, at: &str, target: &(&str, &str, bool), out: &mut Written) {
    match value {
        Json::Object(map) => {
            out.text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                let hit = at == target.0 && key == target.1;
                for time in 0..=usize::from(hit && target.2) {
                    if index + time > 0 {
                        out.text.push_str(", ");
                    }
                    let from = out.text.len();
                    out.text.push_str(&format!("\"{key}\""));
                    let to = out.text.len();
                    out.text.push_str(": ");
                    let begin = out.text.len();
                    put(value, &format!("{at}/{key}"), target, out);
                    if hit {
                        out.key = from..to;
                        out.value = begin..out.text.len();
                    }
                }
            }
            out.text.push('}');
        }
        Json::Array(items) => {
            out.text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.text.push_str(", ");
                }
                put(item, &format!("{at}/{index}"), target, out);
            }
            out.text.push(']');
        }
        scalar => out.text.push_str(&scalar.to_string()),
    }
}

/// What is found, without what is only advice or about values.
struct Found {
    kind: TroubleKind,
    at: Range<usize>,
    message: String,
    help: String,
}

fn found(text: &str) -> Vec<Found> {
    let tree = parse(text);
    let root = tree.root();
    let word = |key| root.get(key).and_then(Node::str).expect("a string");
    let troubles = schema::examine(root, word("apiVersion"), word("kind"), (37, 37)).expect("a known kind");
    let one = |trouble: &schema::Trouble<'_>| Found {
        kind: trouble.kind,
        at: trouble.at.span().range(),
        message: trouble.message.clone(),
        help: trouble.help.clone().unwrap_or_default(),
    };
    let shape = [TroubleKind::WrongType, TroubleKind::UnknownField, TroubleKind::MissingField];
    // What fields ask of each other is not looked at here: the samples make no sense.
    let own = |trouble: &&schema::Trouble<'_>| trouble.cause != Cause::Needs && shape.contains(&trouble.kind);
    troubles.iter().filter(own).map(one).collect()
}

fn has(found: &[Found], kind: TroubleKind, at: &Range<usize>) -> bool {
    found.iter().any(|one| one.kind == kind && one.at == *at)
}

fn list(found: &[Found]) -> String {
    found.iter().map(|one| format!("\n    {}; {}", one.message, one.help)).collect()
}

/// Runs a check on every field of every struct; it says what is wrong.
fn every_field(check: impl Fn(&Api, &Place, &Json, &str, &Type) -> Option<String> + Sync) -> usize {
    let api = &*API;
    let places = places(api);
    let results: Vec<(usize, Vec<String>)> = places
        .par_iter()
        .map(|place| {
            let object = object(api, place);
            let mut wrong = Vec::new();
            let mut count = 0;
            for (field, ty) in &api.structs[&place.own().ty].fields {
                let own =
                    place.chain.len() == 1 && matches!(field.as_str(), "apiVersion" | "kind" | "status");
                // `$ref` looks like a variable of a shell, which somebody will fill in.
                if own || field.starts_with('$') {
                    continue;
                }
                count += 1;
                let said = check(api, place, &object, field, ty);
                wrong.extend(
                    said.map(|text| format!("{} {}: `{field}` {text}", place.kind, place.own().pointer)),
                );
            }
            (count, wrong)
        })
        .collect();
    let wrong: Vec<&String> = results.iter().flat_map(|one| &one.1).collect();
    let shown: Vec<&str> = wrong
        .iter()
        .take(if std::env::var_os("ALL").is_some() { 1000 } else { 60 })
        .map(|text| text.as_str())
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), shown.join("\n"));
    results.iter().map(|one| one.0).sum()
}

fn change(object: &Json, pointer: &str, change: impl FnOnce(&mut Map<String, Json>)) -> Json {
    let mut object = object.clone();
    change(object.pointer_mut(pointer).and_then(Json::as_object_mut).expect("a mapping"));
    object
}

#[test]
fn objects_with_all_fields_have_the_right_shape() {
    let api = &*API;
    let places = places(api);
    assert!(places.len() > 500, "only {} structs", places.len());
    let wrong: Vec<String> = places
        .par_iter()
        .filter_map(|place| {
            let text = object(api, place).to_string();
            let found = found(&text);
            (!found.is_empty()).then(|| format!("{text}{}", list(&found)))
        })
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_wrong_type_is_found_at_its_value() {
    let count = every_field(|_, place, object, field, ty| {
        let value = match ty {
            Type::Text | Type::Base64 | Type::Time => json!(1),
            Type::IntegerOrText => json!(true),
            Type::Any => return None,
            _ => json!("wrong"),
        };
        let pointer = &place.own().pointer;
        let changed = change(object, pointer, |map| drop(map.insert(field.to_owned(), value)));
        let written = write(&changed, pointer, field, false);
        let found = found(&written.text);
        (!has(&found, TroubleKind::WrongType, &written.value))
            .then(|| format!("in {}{}", written.text, list(&found)))
    });
    assert!(count > 2000, "only {count} fields");
}

#[test]
fn a_misspelt_field_is_found_at_its_key_with_its_right_name() {
    every_field(|_, place, object, field, _| {
        let pointer = &place.own().pointer;
        let wrong = format!("{}x{}", &field[..field.len() / 2], &field[field.len() / 2..]);
        let changed = change(object, pointer, |map| {
            let value = map.remove(field).expect("all fields are there");
            map.insert(wrong.clone(), value);
        });
        let written = write(&changed, pointer, &wrong, false);
        let found = found(&written.text);
        let Some(one) =
            found.iter().find(|one| one.kind == TroubleKind::UnknownField && one.at == written.key)
        else {
            return Some(format!("is not found in {}{}", written.text, list(&found)));
        };
        // Three letters and one too many may be anything.
        let named = field.len() < 4 || one.help == format!("did you mean `{field}`?");
        (!named).then(|| format!("becomes {}; {}", one.message, one.help))
    });
}

#[test]
fn a_duplicate_is_found_at_its_second_key() {
    every_field(|_, place, object, field, _| {
        let written = write(object, &place.own().pointer, field, true);
        let tree = parse(&written.text);
        let second = |twice: &yaml::Duplicate| tree.node(twice.second).span().range() == written.key;
        (!tree.duplicates().iter().any(second)).then(|| "is not seen to be there twice".to_owned())
    });
}

/// Required by the schema and not missed: the zero value is accepted or stands for something (`served`, `lun`), the
/// server writes it, or nobody has looked yet whether validation demands it (the alpha and beta APIs).
const LENIENT: &str = "WebhookConversion.conversionReviewVersions PreferredSchedulingTerm.preference \
     TypedLocalObjectReference.kind TypedLocalObjectReference.name Binding.metadata Binding.target \
     CSIDriver.spec CSINode.spec CSINodeSpec.drivers CapacityRequestPolicyRange.min \
     ComponentCondition.status ComponentCondition.type CompositeGangSchedulingPolicy.minGroupCount \
     CompositePodGroup.spec CompositePodGroupSpec.schedulingPolicy CompositePodGroupSpec.workloadRef \
     CompositePodGroupTemplate.name CompositePodGroupTemplate.schedulingPolicy \
     ConfigMapNodeConfigSource.kubeletConfigKey ConfigMapNodeConfigSource.name \
     ConfigMapNodeConfigSource.namespace ControllerRevision.data Counter.value CounterSet.counters \
     CounterSet.name CustomResourceConversion.strategy CustomResourceDefinitionVersion.served \
     CustomResourceDefinitionVersion.storage DeviceCapacity.value DeviceCounterConsumption.counterSet \
     DeviceCounterConsumption.counters DeviceDerivedAttribute.expression DeviceDerivedAttribute.name \
     EndpointPort.port Event.involvedObject EventSeries.count EventSeries.lastObservedTime \
     Eviction.metadata Eviction.spec EvictionPodReference.name EvictionPodReference.uid \
     EvictionRequest.spec EvictionRequestPodReference.name EvictionRequestPodReference.uid \
     EvictionRequestSpec.intent EvictionRequestSpec.requester EvictionRequestSpec.target \
     EvictionResponder.name EvictionResponder.priority EvictionSpec.target FieldSelectorRequirement.key \
     FieldSelectorRequirement.operator ForNode.name ForZone.name GangSchedulingPolicy.minCount \
     GroupResource.group HTTPHeader.value ISCSIPersistentVolumeSource.lun ISCSIVolumeSource.lun \
     LeaseCandidate.spec LeaseCandidateSpec.binaryVersion LeaseCandidateSpec.leaseName \
     LeaseCandidateSpec.strategy LimitRangeSpec.limits LocalObjectReference.name \
     LocalSubjectAccessReview.metadata LocalSubjectAccessReview.spec ModifyVolumeStatus.status \
     NonResourcePolicyRule.nonResourceURLs NonResourcePolicyRule.verbs PersistentVolumeClaim.metadata \
     PersistentVolumeClaimCondition.status PersistentVolumeClaimCondition.type PodCertificateRequest.spec \
     PodCertificateRequestSpec.nodeName PodCertificateRequestSpec.nodeUID \
     PodCertificateRequestSpec.podName PodCertificateRequestSpec.podUID \
     PodCertificateRequestSpec.serviceAccountName PodCertificateRequestSpec.serviceAccountUID \
     PodCertificateRequestSpec.signerName PodCertificateRequestSpec.stubPKCS10Request \
     PodFailurePolicy.rules PodGroup.spec PodGroupResourceClaim.name PodGroupSpec.schedulingPolicy \
     PodGroupTemplate.name PodGroupTemplate.schedulingPolicy PolicyRulesWithSubjects.subjects \
     ResourcePolicyRule.apiGroups ResourcePolicyRule.resources ResourcePolicyRule.verbs \
     ResourcePool.generation ResourcePool.resourceSliceCount ResourcePoolStatusRequest.spec \
     ResourcePoolStatusRequestSpec.driver ResourceSlice.spec Scale.metadata \
     ScaleIOPersistentVolumeSource.secretRef ScaleIOVolumeSource.secretRef \
     SelfSubjectAccessReview.metadata SelfSubjectAccessReview.spec SelfSubjectReview.metadata \
     SelfSubjectRulesReview.metadata SelfSubjectRulesReview.spec SleepAction.seconds \
     SubjectAccessReview.metadata SubjectAccessReview.spec Sysctl.value TokenRequest.audience \
     TokenRequest.metadata TokenReview.metadata TokenReview.spec TokenReviewSpec.token \
     TopologyConstraint.key VolumeHealthCondition.reason VolumeHealthCondition.status Workload.spec \
     WorkloadPodGroupResourceClaim.name WorkloadReference.templateName WorkloadReference.workloadName";

/// Demanded by validation and not by the schema.
const STRICTER: &str = "CustomResourceDefinitionVersion.schema PodTemplateSpec.spec Container.image EphemeralContainer.image \
     EphemeralVolumeSource.volumeClaimTemplate SecretVolumeSource.secretName \
     PersistentVolumeClaimSpec.accessModes PersistentVolumeClaimSpec.resources ReplicaSetSpec.template \
     PersistentVolumeClaim.spec JobTemplateSpec.spec Job.spec IngressServiceBackend.port \
     PersistentVolumeSpec.accessModes PersistentVolumeSpec.capacity PersistentVolume.spec Pod.spec \
     ReplicationController.spec ReplicationControllerSpec.template Service.spec ServiceSpec.ports \
     ServiceReference.name ServiceReference.namespace \
     MutatingAdmissionPolicy.spec MutatingAdmissionPolicySpec.matchConstraints \
     MutatingAdmissionPolicySpec.mutations MutatingAdmissionPolicySpec.reinvocationPolicy \
     ParamKind.apiVersion ParamKind.kind ApplyConfiguration.expression JSONPatch.expression \
     MutatingAdmissionPolicyBinding.spec MutatingAdmissionPolicyBindingSpec.policyName \
     ParamRef.parameterNotFoundAction ValidatingAdmissionPolicy.spec \
     ValidatingAdmissionPolicySpec.matchConstraints ContainerRestartRule.exitCodes \
     StorageOSVolumeSource.volumeName ExecAction.command CertificateSigningRequestSpec.usages \
     Ingress.spec IngressClass.spec IngressClassSpec.controller ServiceCIDR.spec ServiceCIDRSpec.cidrs \
     DeviceClaimConfiguration.opaque DeviceClassConfiguration.opaque DeviceSelector.cel StorageOSPersistentVolumeSource.volumeName \
     StorageVersionMigration.spec ValidatingAdmissionPolicyBinding.spec \
     ValidatingAdmissionPolicyBindingSpec.policyName \
     ValidatingAdmissionPolicyBindingSpec.validationActions PodTemplate.template";

#[test]
fn a_required_field_that_is_removed_is_missed_where_it_was() {
    let lenient: BTreeSet<&str> = LENIENT.split_whitespace().collect();
    let stricter: BTreeSet<&str> = STRICTER.split_whitespace().collect();
    let forgiven = std::sync::Mutex::new(BTreeSet::new());
    every_field(|api, place, object, field, _| {
        let required = api.structs[&place.own().ty].required.iter().any(|name| name == field);
        let pointer = &place.own().pointer;
        let changed = change(object, pointer, |map| drop(map.remove(field)));
        let found = found(&write(&changed, pointer, field, false).text);
        let missed = found.iter().find(|one| {
            one.kind == TroubleKind::MissingField
                && one.message.contains(&format!("required field `{field}`"))
        });
        let name = format!("{}.{field}", place.name());
        match (required, missed) {
            (true, None) => {
                let known = lenient.contains(name.as_str());
                forgiven.lock().expect("no panic").insert(name);
                (!known).then(|| format!("of {} is not missed", place.name()))
            }
            (false, Some(_)) => (!stricter.contains(name.as_str()))
                .then(|| format!("of {} is missed, and the schema does not require it", place.name())),
            (true, Some(one)) => {
                let (around, last) = place.chain.split_at(place.chain.len() - 1);
                let struct_at = match around.last() {
                    Some(around) => {
                        let written = write(&changed, &around.pointer, &last[0].field, false);
                        written.key.start..written.value.end
                    }
                    None => 0..usize::MAX,
                };
                let inside = struct_at.start <= one.at.start && one.at.end <= struct_at.end;
                (!inside).then(|| format!("is missed at another place: {}", one.message))
            }
            (false, None) => None,
        }
    });
    let forgiven = forgiven.into_inner().expect("no panic");
    let idle: Vec<_> = lenient.iter().filter(|name| !forgiven.contains(**name)).collect();
    assert!(idle.is_empty(), "listed as not missed, and missed: {idle:?}");
}

/// A field taken out of the struct of a place and put somewhere else.
fn moved(object: &Json, from: &str, to: &str, field: &str) -> Written {
    let value = object.pointer(from).and_then(|map| map.get(field)).expect("it is there").clone();
    let taken = change(object, from, |map| drop(map.remove(field)));
    write(&change(&taken, to, |map| drop(map.insert(field.to_owned(), value))), to, field, false)
}

/// Counts how often a suggestion names the place a field was taken from; says what is not found at all.
fn suggestions(
    target: impl Fn(&Api, &Place, &str) -> Option<(String, String)> + Sync,
) -> (usize, usize, Vec<String>) {
    let counts = std::sync::Mutex::new((0, 0, Vec::new()));
    every_field(|api, place, object, field, _| {
        let (to, want) = target(api, place, field)?;
        let written = moved(object, &place.own().pointer, &to, field);
        let found = found(&written.text);
        let one = found.iter().find(|one| one.kind == TroubleKind::UnknownField && one.at == written.key);
        let Some(one) = one else { return Some(format!("moved to {to} is not found{}", list(&found))) };
        let mut counts = counts.lock().expect("no panic");
        counts.0 += 1;
        if one.help.replace("[]", "[0]").contains(&want) {
            counts.1 += 1;
        } else {
            counts.2.push(format!(
                "{} {} `{field}` in {to}: {}, wanted {want}",
                place.kind,
                place.own().pointer,
                one.help
            ));
        }
        None
    });
    let mut counts = counts.into_inner().expect("no panic");
    counts.2.sort();
    counts
}

/// A pointer as people write it.
fn spoken(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.split('/').skip(1) {
        match part {
            "0" => text.push_str("[0]"),
            part if text.is_empty() => text.push_str(part),
            part => text.push_str(&format!(".{part}")),
        }
    }
    text
}

#[test]
fn a_field_that_stands_a_level_too_high_is_sent_back() {
    let (all, right, wrong) = suggestions(|api, place, field| {
        let around = &place.chain.len().checked_sub(2).map(|at| &place.chain[at])?;
        // A status at the top is the server's.
        let taken = api.structs[&around.ty].fields.contains_key(field)
            || (place.chain.len() == 2 && field == "status");
        // Such names stand everywhere, and what containers have is seldom meant for the ephemeral ones.
        let vague =
            matches!(field, "name" | "namespace") || place.own().pointer.contains("ephemeralContainers");
        let want = spoken(&place.own().pointer);
        (!taken && !vague).then(|| (around.pointer.clone(), want.trim_end_matches(".k").to_owned()))
    });
    let share = right * 100 / all;
    assert!(
        share >= 95,
        "{right} of {all}:\n{}",
        wrong.iter().step_by(1 + wrong.len() / 80).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_field_that_stands_a_level_too_deep_is_sent_back() {
    let (all, right, wrong) = suggestions(|api, place, field| {
        let own = &api.structs[&place.own().ty];
        let child = own.fields.iter().find_map(|(name, ty)| {
            let (ty, item) = match ty {
                Type::List(of) => (&**of, "/0"),
                ty => (ty, ""),
            };
            let Type::Struct(path) = ty else { return None };
            let fits = name != field && name != "status" && !api.structs[path].fields.contains_key(field);
            fits.then(|| format!("{}/{name}{item}", place.own().pointer))
        })?;
        let place = spoken(&place.own().pointer);
        Some((child, if place.is_empty() { "at the top level".to_owned() } else { format!("`{place}`") }))
    });
    let share = right * 100 / all;
    assert!(
        share >= 95,
        "{right} of {all}:\n{}",
        wrong.iter().step_by(1 + wrong.len() / 80).cloned().collect::<Vec<_>>().join("\n")
    );
}
