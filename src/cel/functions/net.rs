//! Addresses of networks, as Go's `netip` reads them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::{Outcome, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, Value};

fn parse_ip(text: &str) -> Result<IpAddr, String> {
    if text.contains('%') && text.split('%').next().is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()) {
        return Err(format!("IP address {text:?} with zone value is not allowed"));
    }
    let failed = |why: &str| {
        Err(format!(
            "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): {why}"
        ))
    };
    match text.parse() {
        Ok(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_some() => {
            Err(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
        }
        Ok(ip) => Ok(ip),
        Err(_) => {
            let zero = |part: &str| part.len() > 1 && part.starts_with('0');
            let four = text.split('.').count() == 4 && !text.contains(':');
            match four && text.split('.').any(zero) {
                true => failed("IPv4 field has octet with leading zero"),
                false
                    if four
                        && text.split('.').any(|part| part.parse::<u32>().is_ok_and(|part| part > 255)) =>
                {
                    failed("IPv4 field has value >255")
                }
                false => failed("unable to parse IP"),
            }
        }
    }
}

fn parse_cidr(text: &str) -> Result<(IpAddr, u8), String> {
    let failed = |why: &str| {
        let words = "network address parse error during conversion from string";
        Err(format!("{words}: {words}: netip.ParsePrefix({text:?}): {why}"))
    };
    let Some((ip, length)) = text.rsplit_once('/') else { return failed("no '/'") };
    if ip.contains('%') {
        return failed("IPv6 zones cannot be present in a prefix");
    }
    let Ok(address) = ip.parse::<IpAddr>() else { return failed("unable to parse IP") };
    if let IpAddr::V6(six) = address
        && six.to_ipv4_mapped().is_some()
    {
        return Err(format!("IPv4-mapped IPv6 address {ip:?} is not allowed"));
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let plain =
        length.bytes().all(|byte| byte.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    match length.parse::<u8>() {
        Ok(length) if plain && length <= most => Ok((address, length)),
        Ok(_) if plain => failed("prefix length out of range"),
        _ => failed("bad bits after slash"),
    }
}

fn ip_value(ip: IpAddr) -> Value {
    Value::new(Data::Foreign(Arc::new(Foreign::Ip(ip))))
}

fn foreign(value: Option<&Value>) -> Option<&Foreign> {
    match &value?.data {
        Data::Foreign(foreign) => Some(foreign),
        _ => None,
    }
}

fn to_ip(name: &str, args: &[Value]) -> Result<IpAddr, Box<Fault>> {
    match foreign(args.first()) {
        Some(Foreign::Ip(ip)) => Ok(*ip),
        _ => Err(wrong(name, args)),
    }
}

fn to_cidr(name: &str, args: &[Value]) -> Result<(IpAddr, u8), Box<Fault>> {
    match foreign(args.first()) {
        Some(Foreign::Cidr(ip, length)) => Ok((*ip, *length)),
        _ => Err(wrong(name, args)),
    }
}

/// `ip` of a text and of a network.
pub fn ip(args: &[Value]) -> Outcome {
    if let Some(Foreign::Cidr(ip, _)) = foreign(args.first()) {
        return Ok(ip_value(*ip));
    }
    let text = text(args.first()).ok_or_else(|| wrong("ip", args))?;
    parse_ip(text).map(ip_value).map_err(Fault::error)
}

/// `isIP`.
pub fn is_ip(args: &[Value]) -> Outcome {
    truth(parse_ip(text(args.first()).ok_or_else(|| wrong("isIP", args))?).is_ok())
}

/// `ip.isCanonical`.
pub fn is_canonical(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("ip.isCanonical", args))?;
    let ip = parse_ip(text).map_err(Fault::error)?;
    truth(ip.to_string() == text.as_str())
}

/// `family`.
pub fn family(args: &[Value]) -> Outcome {
    Ok(Value::int(if to_ip("family", args)?.is_ipv4() { 4 } else { 6 }))
}

/// `isUnspecified`.
pub fn is_unspecified(args: &[Value]) -> Outcome {
    truth(to_ip("isUnspecified", args)?.is_unspecified())
}

/// `isLoopback`.
pub fn is_loopback(args: &[Value]) -> Outcome {
    truth(to_ip("isLoopback", args)?.is_loopback())
}

/// `isLinkLocalMulticast`.
pub fn is_link_local_multicast(args: &[Value]) -> Outcome {
    truth(match to_ip("isLinkLocalMulticast", args)? {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    })
}

fn link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// `isLinkLocalUnicast`.
pub fn is_link_local_unicast(args: &[Value]) -> Outcome {
    truth(link_local(to_ip("isLinkLocalUnicast", args)?))
}

/// `isGlobalUnicast`.
pub fn is_global_unicast(args: &[Value]) -> Outcome {
    let ip = to_ip("isGlobalUnicast", args)?;
    let broadcast = ip == IpAddr::V4(Ipv4Addr::BROADCAST);
    truth(!ip.is_unspecified() && !ip.is_loopback() && !ip.is_multicast() && !link_local(ip) && !broadcast)
}

fn cidr_value(ip: IpAddr, length: u8) -> Value {
    Value::new(Data::Foreign(Arc::new(Foreign::Cidr(ip, length))))
}

/// `cidr`.
pub fn cidr(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("cidr", args))?;
    parse_cidr(text).map(|(ip, length)| cidr_value(ip, length)).map_err(Fault::error)
}

/// `isCIDR`.
pub fn is_cidr(args: &[Value]) -> Outcome {
    truth(parse_cidr(text(args.first()).ok_or_else(|| wrong("isCIDR", args))?).is_ok())
}

/// The first address of a network.
fn mask(ip: IpAddr, length: u8) -> IpAddr {
    let kept = |bits: u32| (u128::MAX).checked_shl(bits).unwrap_or(0);
    match ip {
        IpAddr::V4(ip) => {
            IpAddr::V4(Ipv4Addr::from(ip.to_bits() & kept(32 - u32::from(length.min(32))) as u32))
        }
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(ip.to_bits() & kept(128 - u32::from(length.min(128))))),
    }
}

fn contains((net, length): (IpAddr, u8), ip: IpAddr) -> bool {
    net.is_ipv4() == ip.is_ipv4() && mask(net, length) == mask(ip, length)
}

/// `containsIP`.
pub fn contains_ip(args: &[Value]) -> Outcome {
    let own = to_cidr("containsIP", args)?;
    let ip = match (text(args.get(1)), foreign(args.get(1))) {
        (Some(text), _) => parse_ip(text).map_err(Fault::error)?,
        (_, Some(Foreign::Ip(ip))) => *ip,
        _ => return Err(wrong("containsIP", args)),
    };
    truth(contains(own, ip))
}

/// `containsCIDR`.
pub fn contains_cidr(args: &[Value]) -> Outcome {
    let own = to_cidr("containsCIDR", args)?;
    let (ip, length) = match (text(args.get(1)), foreign(args.get(1))) {
        (Some(text), _) => parse_cidr(text).map_err(Fault::error)?,
        (_, Some(Foreign::Cidr(ip, length))) => (*ip, *length),
        _ => return Err(wrong("containsCIDR", args)),
    };
    truth(contains(own, ip) && own.1 <= length)
}

/// `prefixLength`.
pub fn prefix_length(args: &[Value]) -> Outcome {
    Ok(Value::int(i64::from(to_cidr("prefixLength", args)?.1)))
}

/// `masked`.
pub fn masked(args: &[Value]) -> Outcome {
    let (ip, length) = to_cidr("masked", args)?;
    Ok(cidr_value(mask(ip, length), length))
}
