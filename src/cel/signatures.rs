//! The table of functions: a name, what runs, and the signatures that the checker accepts. `string.(int) -> string` is a
//! method, `A` and `B` stand for any type (kubernetes/kubernetes,
//! `staging/src/k8s.io/apiserver/pkg/cel/environment/base.go`).

use super::functions as f;
use super::value::{Outcome, Value};

/// What runs when a function is called.
pub(super) type Run = fn(&[Value]) -> Outcome;

/// A row of the table.
pub(super) type Row = (&'static str, Run, &'static [&'static str]);

/// All rows, by what they are about.
pub(super) const TABLES: &[&[Row]] = &[OPERATORS, PLAIN, TEXTS, LISTS, KUBERNETES];

const OPERATORS: &[Row] = &[
    ("!_", f::plain::not, &["(bool) -> bool"]),
    ("-_", f::numbers::negate, &["(int) -> int", "(double) -> double"]),
    ("_==_", f::plain::equal, &["(A, A) -> bool"]),
    ("_!=_", f::plain::unequal, &["(A, A) -> bool"]),
    ("_<_", f::plain::less, ORDERED),
    ("_<=_", f::plain::at_most, ORDERED),
    ("_>_", f::plain::greater, ORDERED),
    ("_>=_", f::plain::at_least, ORDERED),
    (
        "_+_",
        f::numbers::add,
        &[
            "(bytes, bytes) -> bytes",
            "(double, double) -> double",
            "(duration, duration) -> duration",
            "(duration, timestamp) -> timestamp",
            "(timestamp, duration) -> timestamp",
            "(int, int) -> int",
            "(list<A>, list<A>) -> list<A>",
            "(string, string) -> string",
            "(uint, uint) -> uint",
        ],
    ),
    (
        "_-_",
        f::numbers::subtract,
        &[
            "(double, double) -> double",
            "(duration, duration) -> duration",
            "(int, int) -> int",
            "(timestamp, duration) -> timestamp",
            "(timestamp, timestamp) -> duration",
            "(uint, uint) -> uint",
        ],
    ),
    (
        "_*_",
        f::numbers::multiply,
        &["(double, double) -> double", "(int, int) -> int", "(uint, uint) -> uint"],
    ),
    ("_/_", f::numbers::divide, &["(double, double) -> double", "(int, int) -> int", "(uint, uint) -> uint"]),
    ("_%_", f::numbers::modulo, &["(int, int) -> int", "(uint, uint) -> uint"]),
    ("@in", f::plain::is_in, &["(A, list<A>) -> bool", "(A, map<A,B>) -> bool"]),
    (
        "_[_]",
        f::plain::index,
        &[
            "(list<A>, int) -> A",
            "(map<A,B>, A) -> B",
            "(optional<list<A>>, int) -> optional<A>",
            "(optional<map<A,B>>, A) -> optional<B>",
        ],
    ),
    (
        "_[?_]",
        f::plain::optional_index,
        &[
            "(list<A>, int) -> optional<A>",
            "(optional<list<A>>, int) -> optional<A>",
            "(map<A,B>, A) -> optional<B>",
            "(optional<map<A,B>>, A) -> optional<B>",
        ],
    ),
];

const ORDERED: &[&str] = &[
    "(bool, bool) -> bool",
    "(int, int) -> bool",
    "(int, double) -> bool",
    "(int, uint) -> bool",
    "(uint, uint) -> bool",
    "(uint, double) -> bool",
    "(uint, int) -> bool",
    "(double, double) -> bool",
    "(double, int) -> bool",
    "(double, uint) -> bool",
    "(string, string) -> bool",
    "(bytes, bytes) -> bool",
    "(timestamp, timestamp) -> bool",
    "(duration, duration) -> bool",
];

const PLAIN: &[Row] = &[
    (
        "size",
        f::plain::size,
        &[
            "(bytes) -> int",
            "bytes.() -> int",
            "(list<A>) -> int",
            "list<A>.() -> int",
            "(map<A,B>) -> int",
            "map<A,B>.() -> int",
            "(string) -> int",
            "string.() -> int",
        ],
    ),
    ("type", f::plain::type_of, &["(A) -> type<A>"]),
    ("dyn", f::plain::same, &["(A) -> dyn"]),
    ("bool", f::convert::to_bool, &["(bool) -> bool", "(string) -> bool"]),
    ("bytes", f::convert::to_bytes, &["(bytes) -> bytes", "(string) -> bytes"]),
    (
        "double",
        f::convert::to_double,
        &["(double) -> double", "(int) -> double", "(string) -> double", "(uint) -> double"],
    ),
    (
        "duration",
        f::convert::to_duration,
        &["(duration) -> duration", "(int) -> duration", "(string) -> duration"],
    ),
    (
        "int",
        f::convert::to_int,
        &[
            "(int) -> int",
            "(double) -> int",
            "(duration) -> int",
            "(string) -> int",
            "(timestamp) -> int",
            "(uint) -> int",
        ],
    ),
    (
        "uint",
        f::convert::to_uint,
        &["(uint) -> uint", "(double) -> uint", "(int) -> uint", "(string) -> uint"],
    ),
    (
        "timestamp",
        f::convert::to_timestamp,
        &["(timestamp) -> timestamp", "(int) -> timestamp", "(string) -> timestamp"],
    ),
    (
        "string",
        f::convert::to_string,
        &[
            "(string) -> string",
            "(bool) -> string",
            "(bytes) -> string",
            "(double) -> string",
            "(duration) -> string",
            "(int) -> string",
            "(timestamp) -> string",
            "(uint) -> string",
            "(net.IP) -> string",
            "(net.CIDR) -> string",
        ],
    ),
    ("getFullYear", f::times::full_year, PART_OF_TIME),
    ("getMonth", f::times::month, PART_OF_TIME),
    ("getDate", f::times::date, PART_OF_TIME),
    ("getDayOfMonth", f::times::day_of_month, PART_OF_TIME),
    ("getDayOfWeek", f::times::day_of_week, PART_OF_TIME),
    ("getDayOfYear", f::times::day_of_year, PART_OF_TIME),
    ("getHours", f::times::hours, PART_OF_BOTH),
    ("getMinutes", f::times::minutes, PART_OF_BOTH),
    ("getSeconds", f::times::seconds, PART_OF_BOTH),
    ("getMilliseconds", f::times::milliseconds, PART_OF_BOTH),
    ("optional.of", f::optional::of, &["(A) -> optional<A>"]),
    ("optional.ofNonZeroValue", f::optional::of_non_zero, &["(A) -> optional<A>"]),
    ("optional.none", f::optional::none, &["() -> optional<A>"]),
    ("hasValue", f::optional::has_value, &["optional<A>.() -> bool"]),
    ("value", f::optional::value, &["optional<A>.() -> A"]),
    ("or", f::optional::or, &["optional<A>.(optional<A>) -> optional<A>"]),
    ("orValue", f::optional::or_value, &["optional<A>.(A) -> A"]),
];

const PART_OF_TIME: &[&str] = &["timestamp.() -> int", "timestamp.(string) -> int"];
const PART_OF_BOTH: &[&str] = &["timestamp.() -> int", "timestamp.(string) -> int", "duration.() -> int"];

const TEXTS: &[Row] = &[
    ("contains", f::texts::contains, &["string.(string) -> bool"]),
    ("startsWith", f::texts::starts_with, &["string.(string) -> bool"]),
    ("endsWith", f::texts::ends_with, &["string.(string) -> bool"]),
    ("matches", f::patterns::matches, &["(string, string) -> bool", "string.(string) -> bool"]),
    ("find", f::patterns::find, &["string.(string) -> string"]),
    (
        "findAll",
        f::patterns::find_all,
        &["string.(string) -> list<string>", "string.(string, int) -> list<string>"],
    ),
    ("charAt", f::texts::char_at, &["string.(int) -> string"]),
    (
        "indexOf",
        f::texts::index_of,
        &["string.(string) -> int", "string.(string, int) -> int", "list<A>.(A) -> int"],
    ),
    (
        "lastIndexOf",
        f::texts::last_index_of,
        &["string.(string) -> int", "string.(string, int) -> int", "list<A>.(A) -> int"],
    ),
    ("lowerAscii", f::texts::lower, &["string.() -> string"]),
    ("upperAscii", f::texts::upper, &["string.() -> string"]),
    (
        "replace",
        f::texts::replace,
        &["string.(string, string) -> string", "string.(string, string, int) -> string"],
    ),
    ("split", f::texts::split, &["string.(string) -> list<string>", "string.(string, int) -> list<string>"]),
    ("substring", f::texts::substring, &["string.(int) -> string", "string.(int, int) -> string"]),
    ("trim", f::texts::trim, &["string.() -> string"]),
    ("join", f::texts::join, &["list<string>.() -> string", "list<string>.(string) -> string"]),
    ("format", f::print::format, &["string.(list<dyn>) -> string"]),
    ("jsonpatch.escapeKey", f::texts::escape_key, &["(string) -> string"]),
    ("strings.quote", f::texts::quote, &["(string) -> string"]),
];

const LISTS: &[Row] = &[
    ("isSorted", f::lists::is_sorted, ORDERED_LIST),
    (
        "sum",
        f::lists::sum,
        &[
            "list<int>.() -> int",
            "list<uint>.() -> uint",
            "list<double>.() -> double",
            "list<duration>.() -> duration",
        ],
    ),
    ("min", f::lists::min, EXTREME),
    ("max", f::lists::max, EXTREME),
    ("distinct", f::lists::distinct, &["list<A>.() -> list<A>"]),
    ("flatten", f::lists::flatten, &["list<list<A>>.() -> list<A>", "list<dyn>.(int) -> list<dyn>"]),
    ("slice", f::lists::slice, &["list<A>.(int, int) -> list<A>"]),
    ("reverse", f::lists::reverse, &["list<A>.() -> list<A>"]),
    ("sort", f::lists::sort, SORTABLE),
    ("@sortBy", f::lists::sort_by, &["list<A>.(list<B>) -> list<A>"]),
    ("first", f::lists::first, &["list<A>.() -> optional<A>"]),
    ("last", f::lists::last, &["list<A>.() -> optional<A>"]),
    ("lists.range", f::lists::range, &["(int) -> list<int>"]),
    ("sets.contains", f::lists::set_contains, &["(list<A>, list<A>) -> bool"]),
    ("sets.equivalent", f::lists::set_equivalent, &["(list<A>, list<A>) -> bool"]),
    ("sets.intersects", f::lists::set_intersects, &["(list<A>, list<A>) -> bool"]),
];

const ORDERED_LIST: &[&str] = &[
    "list<int>.() -> bool",
    "list<uint>.() -> bool",
    "list<double>.() -> bool",
    "list<bool>.() -> bool",
    "list<duration>.() -> bool",
    "list<timestamp>.() -> bool",
    "list<string>.() -> bool",
    "list<bytes>.() -> bool",
];
const EXTREME: &[&str] = &[
    "list<int>.() -> int",
    "list<uint>.() -> uint",
    "list<double>.() -> double",
    "list<bool>.() -> bool",
    "list<duration>.() -> duration",
    "list<timestamp>.() -> timestamp",
    "list<string>.() -> string",
    "list<bytes>.() -> bytes",
];
const SORTABLE: &[&str] = &[
    "list<int>.() -> list<int>",
    "list<uint>.() -> list<uint>",
    "list<double>.() -> list<double>",
    "list<bool>.() -> list<bool>",
    "list<duration>.() -> list<duration>",
    "list<timestamp>.() -> list<timestamp>",
    "list<string>.() -> list<string>",
    "list<bytes>.() -> list<bytes>",
];

const KUBERNETES: &[Row] = &[
    ("url", f::url::url, &["(string) -> kubernetes.URL"]),
    ("isURL", f::url::is_url, &["(string) -> bool"]),
    ("getScheme", f::url::scheme, &["kubernetes.URL.() -> string"]),
    ("getHost", f::url::host, &["kubernetes.URL.() -> string"]),
    ("getHostname", f::url::hostname, &["kubernetes.URL.() -> string"]),
    ("getPort", f::url::port, &["kubernetes.URL.() -> string"]),
    ("getEscapedPath", f::url::escaped_path, &["kubernetes.URL.() -> string"]),
    ("getQuery", f::url::query, &["kubernetes.URL.() -> map<string,list<string>>"]),
    ("quantity", f::quantity::quantity, &["(string) -> kubernetes.Quantity"]),
    ("isQuantity", f::quantity::is_quantity, &["(string) -> bool"]),
    ("sign", f::quantity::sign, &["kubernetes.Quantity.(kubernetes.Quantity) -> int"]),
    ("isInteger", f::quantity::is_integer, &["kubernetes.Quantity.() -> bool"]),
    ("asInteger", f::quantity::as_integer, &["kubernetes.Quantity.() -> int"]),
    ("asApproximateFloat", f::quantity::as_float, &["kubernetes.Quantity.() -> double"]),
    (
        "add",
        f::quantity::add,
        &[
            "kubernetes.Quantity.(kubernetes.Quantity) -> kubernetes.Quantity",
            "kubernetes.Quantity.(int) -> kubernetes.Quantity",
        ],
    ),
    (
        "sub",
        f::quantity::sub,
        &[
            "kubernetes.Quantity.(kubernetes.Quantity) -> kubernetes.Quantity",
            "kubernetes.Quantity.(int) -> kubernetes.Quantity",
        ],
    ),
    ("isLessThan", f::quantity::is_less, COMPARED),
    ("isGreaterThan", f::quantity::is_greater, COMPARED),
    (
        "compareTo",
        f::quantity::compare_to,
        &["kubernetes.Quantity.(kubernetes.Quantity) -> int", "kubernetes.Semver.(kubernetes.Semver) -> int"],
    ),
    ("semver", f::semver::semver, &["(string) -> kubernetes.Semver", "(string, bool) -> kubernetes.Semver"]),
    ("isSemver", f::semver::is_semver, &["(string) -> bool", "(string, bool) -> bool"]),
    ("major", f::semver::major, &["kubernetes.Semver.() -> int"]),
    ("minor", f::semver::minor, &["kubernetes.Semver.() -> int"]),
    ("patch", f::semver::patch, &["kubernetes.Semver.() -> int"]),
    ("ip", f::net::ip, &["(string) -> net.IP", "net.CIDR.() -> net.IP"]),
    ("isIP", f::net::is_ip, &["(string) -> bool"]),
    ("ip.isCanonical", f::net::is_canonical, &["(string) -> bool"]),
    ("family", f::net::family, &["net.IP.() -> int"]),
    ("isUnspecified", f::net::is_unspecified, &["net.IP.() -> bool"]),
    ("isLoopback", f::net::is_loopback, &["net.IP.() -> bool"]),
    ("isLinkLocalMulticast", f::net::is_link_local_multicast, &["net.IP.() -> bool"]),
    ("isLinkLocalUnicast", f::net::is_link_local_unicast, &["net.IP.() -> bool"]),
    ("isGlobalUnicast", f::net::is_global_unicast, &["net.IP.() -> bool"]),
    ("cidr", f::net::cidr, &["(string) -> net.CIDR"]),
    ("isCIDR", f::net::is_cidr, &["(string) -> bool"]),
    ("containsIP", f::net::contains_ip, &["net.CIDR.(string) -> bool", "net.CIDR.(net.IP) -> bool"]),
    ("containsCIDR", f::net::contains_cidr, &["net.CIDR.(string) -> bool", "net.CIDR.(net.CIDR) -> bool"]),
    ("prefixLength", f::net::prefix_length, &["net.CIDR.() -> int"]),
    ("masked", f::net::masked, &["net.CIDR.() -> net.CIDR"]),
    ("format.named", f::format::named, &["(string) -> optional<kubernetes.NamedFormat>"]),
    ("validate", f::format::validate, &["kubernetes.NamedFormat.(string) -> optional<list<string>>"]),
    ("format.dns1123Label", f::format::dns_label, FORMAT),
    ("format.dns1123Subdomain", f::format::dns_subdomain, FORMAT),
    ("format.dns1035Label", f::format::dns_1035, FORMAT),
    ("format.qualifiedName", f::format::qualified_name, FORMAT),
    ("format.dns1123LabelPrefix", f::format::dns_label_prefix, FORMAT),
    ("format.dns1123SubdomainPrefix", f::format::dns_subdomain_prefix, FORMAT),
    ("format.dns1035LabelPrefix", f::format::dns_1035_prefix, FORMAT),
    ("format.labelValue", f::format::label_value, FORMAT),
    ("format.uri", f::format::uri, FORMAT),
    ("format.uuid", f::format::uuid, FORMAT),
    ("format.byte", f::format::byte, FORMAT),
    ("format.date", f::format::date, FORMAT),
    ("format.datetime", f::format::datetime, FORMAT),
    (
        "path",
        f::cluster::further,
        &["kubernetes.authorization.Authorizer.(string) -> kubernetes.authorization.PathCheck"],
    ),
    (
        "group",
        f::cluster::further,
        &["kubernetes.authorization.Authorizer.(string) -> kubernetes.authorization.GroupCheck"],
    ),
    (
        "serviceAccount",
        f::cluster::other,
        &["kubernetes.authorization.Authorizer.(string, string) -> kubernetes.authorization.Authorizer"],
    ),
    (
        "resource",
        f::cluster::further,
        &["kubernetes.authorization.GroupCheck.(string) -> kubernetes.authorization.ResourceCheck"],
    ),
    ("subresource", f::cluster::further, OF_RESOURCE),
    ("namespace", f::cluster::further, OF_RESOURCE),
    ("name", f::cluster::further, OF_RESOURCE),
    ("fieldSelector", f::cluster::further, OF_RESOURCE),
    ("labelSelector", f::cluster::further, OF_RESOURCE),
    (
        "check",
        f::cluster::further,
        &[
            "kubernetes.authorization.ResourceCheck.(string) -> kubernetes.authorization.Decision",
            "kubernetes.authorization.PathCheck.(string) -> kubernetes.authorization.Decision",
        ],
    ),
    ("allowed", f::cluster::allowed, &["kubernetes.authorization.Decision.() -> bool"]),
    ("errored", f::cluster::errored, &["kubernetes.authorization.Decision.() -> bool"]),
    ("reason", f::cluster::words, &["kubernetes.authorization.Decision.() -> string"]),
    ("error", f::cluster::words, &["kubernetes.authorization.Decision.() -> string"]),
];

const OF_RESOURCE: &[&str] =
    &["kubernetes.authorization.ResourceCheck.(string) -> kubernetes.authorization.ResourceCheck"];
const COMPARED: &[&str] =
    &["kubernetes.Quantity.(kubernetes.Quantity) -> bool", "kubernetes.Semver.(kubernetes.Semver) -> bool"];
const FORMAT: &[&str] = &["() -> kubernetes.NamedFormat"];
