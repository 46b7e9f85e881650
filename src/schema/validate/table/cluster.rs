//! What belongs to the cluster: nodes, quotas, priorities, fairness and devices (`pkg/apis/core/validation`,
//! `pkg/apis/scheduling/validation`, `pkg/apis/flowcontrol/validation`, `pkg/apis/resource/validation`).

use super::super::Check::{All, AtMost, Between, Given, GivenOneOf, Is, Keys, OneOf, Short};
use super::super::texts::{
    ATTRIBUTE, DOMAIN_KEY, DRIVER, LABEL, LABEL_1035, LABEL_KEY, LABEL_VALUE, OWN_ATTRIBUTE, POOL, QUALIFIED,
    SUBDOMAIN,
};
use super::super::{Check, cluster, devices, expressions, flow, quotas};
use super::{COUNT, Fields, MANY, Row};

const DEVICE_EFFECT: Check = OneOf(&["NoSchedule", "NoExecute", "None"]);
const ALLOCATION: Check = OneOf(&["ExactCount", "All"]);
const REQUEST: Fields = &[
    ("deviceClassName", Is(&SUBDOMAIN)),
    ("allocationMode", ALLOCATION),
    ("count", COUNT),
    ("selectors", AtMost(32)),
];

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("NodeSpec", &[], Some(cluster::node)),
    ("PriorityClass", &[("preemptionPolicy", GivenOneOf(&["PreemptLowerPriority", "Never"]))], Some(cluster::priority)),
    ("events/Event", &[("action", Short(128)), ("reason", Short(128)), ("note", Short(1024))], Some(cluster::event)),
    ("EventSeries", &[("count", Between(2, MANY))], None),
    ("meta/GroupResource", &[("group", Is(&SUBDOMAIN)), ("resource", Is(&LABEL_1035))], None),

    ("LimitRangeItem", &[("type", Is(&QUALIFIED))], Some(quotas::limits)),
    ("ResourceQuotaSpec", &[], Some(quotas::quota)),
    ("ScopedResourceSelectorRequirement", &[
        ("operator", OneOf(&["In", "NotIn", "Exists", "DoesNotExist"])),
    ], Some(quotas::requirement)),

    ("FlowSchemaSpec", &[("matchingPrecedence", Between(1, 10_000))], Some(flow::schema)),
    ("FlowDistinguisherMethod", &[("type", OneOf(&["ByUser", "ByNamespace"]))], None),
    ("NonResourcePolicyRule", &[], Some(flow::urls)),
    ("ResourcePolicyRule", &[], Some(flow::resources)),
    ("flowcontrol/Subject", &[("kind", OneOf(&["User", "Group", "ServiceAccount"]))], Some(flow::subject)),
    ("ServiceAccountSubject", &[("name", Is(&SUBDOMAIN)), ("namespace", Is(&LABEL))], None),
    ("PriorityLevelConfigurationReference", &[("name", Is(&SUBDOMAIN))], None),
    ("PriorityLevelConfigurationSpec", &[("type", OneOf(&["Exempt", "Limited"]))], Some(flow::level)),
    ("LimitedPriorityLevelConfiguration", &[
        ("nominalConcurrencyShares", COUNT), ("lendablePercent", Between(0, 100)), ("borrowingLimitPercent", COUNT),
    ], None),
    ("ExemptPriorityLevelConfiguration", &[("nominalConcurrencyShares", COUNT), ("lendablePercent", Between(0, 100))], None),
    ("LimitResponse", &[("type", OneOf(&["Queue", "Reject"]))], Some(flow::response)),
    ("QueuingConfiguration", &[
        ("queues", Between(0, 10_000_000)), ("handSize", COUNT), ("queueLengthLimit", COUNT),
    ], Some(flow::queuing)),

    ("resource/CELDeviceSelector", &[("expression", Short(10_240))], Some(expressions::selector)),
    ("resource/DeviceClassSpec", &[
        ("extendedResourceName", Given(&DOMAIN_KEY)), ("selectors", AtMost(32)), ("config", AtMost(32)),
    ], None),
    ("resource/OpaqueDeviceConfiguration", &[("driver", Is(&DRIVER))], Some(devices::opaque)),
    ("resource/DeviceClaim", &[
        ("requests", AtMost(32)), ("constraints", AtMost(32)), ("config", AtMost(32)),
    ], Some(devices::claim)),
    ("resource/DeviceRequest", &[("name", Is(&LABEL)), ("firstAvailable", AtMost(8))], Some(devices::request)),
    ("resource/ExactDeviceRequest", REQUEST, Some(devices::count)),
    ("resource/DeviceSubRequest", &[
        ("name", Is(&LABEL)), ("deviceClassName", Is(&SUBDOMAIN)), ("allocationMode", ALLOCATION),
        ("count", COUNT), ("selectors", AtMost(32)),
    ], Some(devices::count)),
    ("resource/DeviceConstraint", &[("matchAttribute", Given(&ATTRIBUTE)), ("distinctAttribute", Given(&ATTRIBUTE))],
        Some(devices::constraint)),
    ("resource/DeviceToleration", &[
        ("key", Is(&LABEL_KEY)), ("effect", DEVICE_EFFECT), ("operator", OneOf(&["Exists", "Equal"])),
    ], Some(devices::toleration)),
    ("resource/DeviceTaint", &[("key", Is(&LABEL_KEY)), ("value", Is(&LABEL_VALUE)), ("effect", DEVICE_EFFECT)], None),
    ("resource/DeviceTaintSelector", &[("driver", Given(&DRIVER)), ("pool", Given(&POOL)), ("device", Given(&LABEL))], None),
    ("resource/ResourceSliceSpec", &[
        ("driver", Is(&DRIVER)), ("nodeName", Given(&SUBDOMAIN)), ("devices", AtMost(128)),
    ], Some(devices::slice)),
    ("resource/ResourcePool", &[("name", Is(&POOL)), ("generation", COUNT), ("resourceSliceCount", Between(1, MANY))], None),
    ("resource/Device", &[
        ("name", Is(&LABEL)), ("attributes", Keys(&OWN_ATTRIBUTE)), ("capacity", Keys(&OWN_ATTRIBUTE)),
        ("taints", AtMost(16)), ("bindingConditions", All(&[AtMost(4), Is(&QUALIFIED)])),
        ("bindingFailureConditions", All(&[AtMost(4), Is(&QUALIFIED)])),
    ], Some(devices::device)),
    ("resource/DeviceAttribute", &[("string", Short(64))], Some(devices::attribute)),
    ("resource/ResourceClaimTemplateSpec", &[], Some(devices::template)),
];
