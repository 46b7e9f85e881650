//! Sums, and placeholders for all that is random: the same ones in every run.

use sha2::Digest;

use crate::helm::call::{Call, Function};
use crate::helm::failure::Result;
use crate::helm::text::{Origin, Source, Str};
use crate::helm::value::{Data, Value};

pub const TABLE: &[(&str, Function)] = &[
    ("sha1sum", |c| sum(c, |text| hex(&sha1::Sha1::digest(text)))),
    ("sha256sum", |c| sum(c, |text| hex(&sha2::Sha256::digest(text)))),
    ("sha512sum", |c| sum(c, |text| hex(&sha2::Sha512::digest(text)))),
    ("adler32sum", |c| sum(c, |text| adler32(text).to_string())),
    ("randAlphaNum", |c| letters(c, "r4nd0m")),
    ("randAlpha", |c| letters(c, "random")),
    ("randAscii", |c| letters(c, "random")),
    ("randNumeric", |c| letters(c, "4")),
    ("randBytes", |c| letters(c, "cmFuZG9t")),
    ("uuidv4", |c| Ok(placeholder(c, "00000000-0000-4000-8000-000000000000"))),
    ("genPrivateKey", |c| Ok(placeholder(c, KEY))),
    ("derivePassword", |c| Ok(placeholder(c, "random"))),
    ("bcrypt", |c| Ok(placeholder(c, "$2a$10$random"))),
    ("htpasswd", |c| {
        c.count(2, 2)?;
        let user = c.text(0)?;
        Ok(placeholder(c, &format!("{}:$2a$10$random", user.as_str())))
    }),
    ("encryptAES", |c| Ok(placeholder(c, "cmFuZG9t"))),
    ("decryptAES", |c| Ok(placeholder(c, "random"))),
    ("genCA", certificate),
    ("genCAWithKey", certificate),
    ("genSelfSignedCert", certificate),
    ("genSelfSignedCertWithKey", certificate),
    ("genSignedCert", certificate),
    ("genSignedCertWithKey", certificate),
    ("buildCustomCert", certificate),
];

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nrandom\n-----END RSA PRIVATE KEY-----\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nrandom\n-----END CERTIFICATE-----\n";

/// A text that is another one in every run.
pub fn placeholder(c: &Call<'_, '_>, text: &str) -> Value {
    Str::new(text, Some(origin(c))).into()
}

/// A value that is another one in every run.
pub fn random(c: &Call<'_, '_>, data: Data) -> Value {
    Value { data, at: Some(origin(c)) }
}

fn origin(c: &Call<'_, '_>) -> Origin {
    Origin { source: Source::Random, ..Origin::computed(c.place) }
}

fn letters(c: &mut Call<'_, '_>, of: &str) -> Result<Value> {
    c.count(1, 1)?;
    let count = usize::try_from(c.int(0)?).unwrap_or(0);
    c.pay(count)?;
    let text: String = of.chars().cycle().take(count).collect();
    Ok(placeholder(c, &text))
}

fn certificate(c: &mut Call<'_, '_>) -> Result<Value> {
    let entries = vec![("Cert", placeholder(c, CERTIFICATE)), ("Key", placeholder(c, KEY))];
    let value = Value::map_of(entries);
    if let Some(map) = value.as_map() {
        map.fixed.set(true);
    }
    Ok(value)
}

fn sum(c: &mut Call<'_, '_>, of: fn(&[u8]) -> String) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    c.pay(text.as_str().len())?;
    // A sum of something random is random.
    let sum = of(text.as_str().as_bytes());
    match text.is_random() {
        true => Ok(placeholder(c, &sum)),
        false => Ok(Str::new(&sum, Some(Origin::computed(c.place))).into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}
