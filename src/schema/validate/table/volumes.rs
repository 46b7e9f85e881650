//! Volumes of pods, PersistentVolumes and claims (`pkg/apis/core/validation/validation.go`, `validateVolumeSource`,
//! `ValidatePersistentVolumeSpec`, `ValidatePersistentVolumeClaimSpec` and below), and what provides them
//! (`pkg/apis/storage/validation`).

use super::super::Check::{
    Between, Given, GivenOneOf, Is, Keys, NotNegative, OneOf, Positive, Short, Unique,
};
use super::super::texts::{
    ABSOLUTE, DOMAIN_KEY, DRIVER, FILE, INSIDE, IQN, LABEL, LABEL_KEY, QUALIFIED_ANY_CASE, RELATIVE, SEGMENT,
    SIGNER, SUBDOMAIN,
};
use super::super::{Check, claims, disks, objects, volumes};
use super::{Fields, MANY, MODE, Row};

const MODES: Check = OneOf(&["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]);
const VOLUME_MODE: Check = GivenOneOf(&["Filesystem", "Block"]);
const PARTITION: Check = Between(0, 255);
const FILES: Fields = &[("defaultMode", MODE)];
const AZURE_DISK: Fields = &[
    ("cachingMode", GivenOneOf(&["None", "ReadOnly", "ReadWrite"])),
    ("kind", OneOf(&["Shared", "Dedicated", "Managed"])),
];
/// A token lives between ten minutes and 2^32 seconds.
const TOKEN: Check = Between(600, 1 << 32);
const ISCSI: Fields = &[("lun", Between(0, 255)), ("iqn", Is(&IQN)), ("initiatorName", Given(&IQN))];

#[rustfmt::skip]
pub(super) static TYPES: &[Row] = &[
    ("AWSElasticBlockStoreVolumeSource", &[("partition", PARTITION)], None),
    ("AzureDiskVolumeSource", AZURE_DISK, Some(disks::azure)),
    ("CSIDriverSpec", &[("nodeAllocatableUpdatePeriodSeconds", Between(10, MANY))], Some(claims::driver)),
    ("CSINodeDriver", &[("name", Is(&DRIVER)), ("nodeID", Short(256))], None),
    ("CSIPersistentVolumeSource", &[("driver", Is(&DRIVER))], None),
    ("CSIStorageCapacity", &[("storageClassName", Is(&SUBDOMAIN)), ("capacity", NotNegative), ("maximumVolumeSize", NotNegative)], None),
    ("CSIVolumeSource", &[("driver", Is(&DRIVER))], None),
    ("ClusterTrustBundleProjection", &[("path", Is(&FILE)), ("signerName", Given(&SIGNER)), ("name", Given(&SUBDOMAIN))],
        Some(volumes::trust_bundle)),
    ("ConfigMapVolumeSource", FILES, None),
    ("DownwardAPIVolumeFile", &[("path", Is(&FILE)), ("mode", MODE)], Some(volumes::downward_file)),
    ("DownwardAPIVolumeSource", FILES, None),
    ("EmptyDirVolumeSource", &[("sizeLimit", NotNegative)], None),
    ("EphemeralVolumeSource", &[], Some(volumes::ephemeral)),
    ("FCVolumeSource", &[], Some(disks::fibre)),
    ("FlockerVolumeSource", &[("datasetName", Is(&SEGMENT))], Some(disks::flocker)),
    ("GCEPersistentDiskVolumeSource", &[("partition", PARTITION)], None),
    ("GitRepoVolumeSource", &[("directory", Is(&RELATIVE))], None),
    ("HostPathVolumeSource", &[("path", Is(&INSIDE)), ("type", OneOf(&[
        "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice",
    ]))], None),
    ("ISCSIPersistentVolumeSource", ISCSI, Some(disks::iscsi)),
    ("ISCSIVolumeSource", ISCSI, Some(disks::iscsi)),
    ("ImageVolumeSource", &[("pullPolicy", OneOf(&["Always", "IfNotPresent", "Never"]))], Some(volumes::image)),
    ("KeyToPath", &[("path", Is(&FILE)), ("mode", MODE)], None),
    ("LocalVolumeSource", &[("path", Is(&INSIDE))], None),
    ("NFSVolumeSource", &[("path", Is(&ABSOLUTE))], None),
    ("PersistentVolumeClaimSpec", &[
        ("accessModes", MODES), ("volumeMode", VOLUME_MODE), ("storageClassName", Is(&SUBDOMAIN)),
        ("volumeAttributesClassName", Is(&SUBDOMAIN)),
    ], Some(objects::claim)),
    ("PersistentVolumeSpec", &[
        ("accessModes", MODES), ("volumeMode", VOLUME_MODE), ("capacity", Positive),
        ("persistentVolumeReclaimPolicy", OneOf(&["Retain", "Delete", "Recycle"])),
        ("storageClassName", Is(&SUBDOMAIN)), ("volumeAttributesClassName", Given(&SUBDOMAIN)),
    ], Some(claims::volume)),
    ("PodCertificateProjection", &[
        ("signerName", Is(&SIGNER)), ("credentialBundlePath", Is(&FILE)), ("keyPath", Is(&FILE)),
        ("certificateChainPath", Is(&FILE)), ("maxExpirationSeconds", Between(3600, 7_862_400)),
        ("keyType", OneOf(&["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"])),
        ("userAnnotations", Keys(&DOMAIN_KEY)),
    ], Some(volumes::pod_certificate)),
    ("ProjectedVolumeSource", FILES, Some(volumes::projected)),
    ("SecretReference", &[], Some(disks::secret)),
    ("LocalObjectReference", &[], Some(disks::local_secret)),
    ("SecretVolumeSource", FILES, None),
    ("ServiceAccountTokenProjection", &[("path", Is(&FILE)), ("expirationSeconds", TOKEN)], None),
    ("StorageClass", &[
        ("provisioner", Is(&QUALIFIED_ANY_CASE)), ("reclaimPolicy", OneOf(&["Delete", "Retain"])),
        ("volumeBindingMode", GivenOneOf(&["Immediate", "WaitForFirstConsumer"])),
    ], Some(claims::class)),
    ("StorageOSPersistentVolumeSource", &[("volumeNamespace", Is(&LABEL))], None),
    ("StorageOSVolumeSource", &[("volumeNamespace", Is(&LABEL))], None),
    ("storage/TokenRequest", &[("expirationSeconds", TOKEN)], None),
    ("TopologySelectorLabelRequirement", &[("key", Is(&LABEL_KEY)), ("values", Unique)], None),
    ("TopologySelectorTerm", &[], Some(claims::topology)),
    ("TypedLocalObjectReference", &[], Some(claims::typed)),
    ("TypedObjectReference", &[("apiGroup", Given(&SUBDOMAIN)), ("namespace", Given(&LABEL))], Some(claims::typed)),
    ("Volume", &[("name", Is(&LABEL))], Some(volumes::volume)),
    ("VolumeAttachmentSpec", &[("attacher", Is(&DRIVER)), ("nodeName", Is(&SUBDOMAIN))], None),
    ("VolumeAttachmentSource", &[], Some(claims::attachment)),
    ("VolumeAttributesClass", &[("driverName", Is(&QUALIFIED_ANY_CASE))], Some(claims::attributes)),
    ("VolumeProjection", &[], Some(volumes::source)),
    ("VolumeResourceRequirements", &[("requests", Positive), ("limits", Positive)], None),
];
