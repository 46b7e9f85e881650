//! Addresses and networks as the API server reads them since it is strict (KEP 4858).

use std::net::IpAddr;

/// Whether it is an IP address: no leading zeros, and no IPv4 address in the clothes of IPv6.
pub(super) fn is_ip(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address.to_ipv4_mapped().is_none(),
        Ok(IpAddr::V4(_)) => true,
        Err(_) => false,
    }
}

/// Whether it is an address with the length of a prefix. Bits behind the prefix are another matter: [`host_bits`].
pub(super) fn is_cidr(text: &str) -> bool {
    cidr(text).is_some()
}

/// The address and the length.
pub(super) fn cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let sound = is_ip(address)
        && length.bytes().all(|byte| byte.is_ascii_digit())
        && (length == "0" || !length.starts_with('0'));
    let (address, length): (IpAddr, u8) = (address.parse().ok()?, length.parse().ok()?);
    (sound && length <= bits(address)).then_some((address, length))
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn network((address, length): (IpAddr, u8)) -> u128 {
    let behind = u32::from(bits(address) - length);
    number(address).checked_shr(behind).and_then(|kept| kept.checked_shl(behind)).unwrap_or(0)
}

/// The network itself, where bits are set behind the prefix: `10.0.0.0/8` for `10.1.2.3/8`.
pub(super) fn host_bits(text: &str) -> Option<String> {
    let (address, length) = cidr(text)?;
    let whole = network((address, length));
    if whole == number(address) {
        return None;
    }
    let network: IpAddr = match address {
        IpAddr::V4(_) => IpAddr::V4(u32::try_from(whole).ok()?.into()),
        IpAddr::V6(_) => IpAddr::V6(whole.into()),
    };
    Some(format!("{network}/{length}"))
}

/// Whether one network lies in another and is smaller.
pub(super) fn is_strictly_inside(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    inner.0.is_ipv4() == outer.0.is_ipv4()
        && inner.1 > outer.1
        && network((inner.0, outer.1)) == network(outer)
}

/// What an address of a machine that is not special may not be (`ValidateNonSpecialIP`).
pub(super) fn special(text: &str) -> Option<&'static str> {
    let address = text.parse::<IpAddr>().ok()?;
    let local = |first: [u8; 2]| matches!(address, IpAddr::V4(address) if address.octets()[..2] == first);
    let sixth =
        |mask: u16, is: u16| matches!(address, IpAddr::V6(address) if address.segments()[0] & mask == is);
    if address.is_unspecified() {
        Some("the unspecified address")
    } else if address.is_loopback() {
        Some("a loopback address")
    } else if local([169, 254]) || sixth(0xffc0, 0xfe80) {
        Some("a link-local address")
    } else if matches!(address, IpAddr::V4(address) if address.octets()[..3] == [224, 0, 0])
        || sixth(0xff0f, 0xff02)
    {
        Some("a link-local multicast address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks() {
        assert!(
            is_ip("10.0.0.1")
                && is_ip("::1")
                && !is_ip("010.0.0.1")
                && !is_ip("::ffff:10.0.0.1")
                && !is_ip("a")
        );
        assert!(
            is_cidr("10.0.0.0/8") && is_cidr("::/0") && !is_cidr("10.0.0.0/33") && !is_cidr("10.0.0.0/08")
        );
        assert_eq!(host_bits("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(host_bits("10.0.0.0/8"), None);
        assert_eq!(host_bits("fd00::1/64").as_deref(), Some("fd00::/64"));
        assert_eq!(host_bits("0.0.0.0/0"), None);
        let cidr = |text| cidr(text).expect("a network");
        assert!(is_strictly_inside(cidr("10.1.0.0/16"), cidr("10.0.0.0/8")));
        assert!(!is_strictly_inside(cidr("10.0.0.0/8"), cidr("10.0.0.0/8")));
        assert!(!is_strictly_inside(cidr("11.0.0.0/16"), cidr("10.0.0.0/8")));
        assert!(
            special("127.0.0.1").is_some() && special("fe80::1").is_some() && special("10.0.0.1").is_none()
        );
    }
}
