//! A file of places, as small as can be, in MaxMind's format (MaxMind DB File Format Specification 2.0).

use std::net::Ipv4Addr;

/// Where a network is: its prefix, and city and country in English and Chinese; an empty city is none.
pub struct Network {
    /// Its first address.
    pub address: Ipv4Addr,
    /// How many of its bits count.
    pub bits: u8,
    /// English and Chinese.
    pub city: [&'static str; 2],
    /// English and Chinese.
    pub country: [&'static str; 2],
}

/// Vienna, where documentation's third network lives in these tests.
pub const VIENNA: Network = Network {
    address: Ipv4Addr::new(203, 0, 113, 0),
    bits: 24,
    city: ["Vienna", "维也纳"],
    country: ["Austria", "奥地利"],
};

/// A country and no more.
pub const JAPAN: Network =
    Network { address: Ipv4Addr::new(198, 51, 100, 0), bits: 24, city: ["", ""], country: ["Japan", "日本"] };

#[derive(Clone, Copy)]
enum Branch {
    Nothing,
    Node(usize),
    Data(usize),
}

const MAP: u8 = 7;
const TEXT: u8 = 2;

fn header(kind: u8, size: usize) -> Vec<u8> {
    match size {
        0..29 => vec![(kind << 5) | u8::try_from(size).unwrap()],
        _ => vec![(kind << 5) | 29, u8::try_from(size - 29).unwrap()],
    }
}

fn text(text: &str) -> Vec<u8> {
    [header(TEXT, text.len()), text.as_bytes().to_vec()].concat()
}

fn number(kind: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let bytes = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len())..];
    // Kinds past 7 stand in a byte of their own.
    let header = if kind > 7 { vec![u8::try_from(bytes.len()).unwrap(), kind - 7] } else { header(kind, bytes.len()) };
    [header, bytes.to_vec()].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs_text: Vec<u8> = pairs.iter().flat_map(|(name, value)| [text(name), value.clone()].concat()).collect();
    [header(MAP, pairs.len()), pairs_text].concat()
}

fn named([english, chinese]: [&str; 2]) -> Vec<u8> {
    map(&[("names", map(&[("en", text(english)), ("zh-CN", text(chinese))]))])
}

/// The bytes of a file that knows these networks.
pub fn file(networks: &[Network]) -> Vec<u8> {
    let mut nodes = vec![[Branch::Nothing; 2]];
    let mut data = Vec::new();
    for network in networks {
        let mut record = vec![("country", named(network.country))];
        if !network.city[0].is_empty() {
            record.push(("city", named(network.city)));
        }
        let address = u32::from(network.address);
        let mut node = 0;
        for depth in 0..network.bits {
            let side = usize::try_from((address >> (31 - depth)) & 1).unwrap();
            if depth + 1 == network.bits {
                nodes[node][side] = Branch::Data(data.len());
            } else if let Branch::Node(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([Branch::Nothing; 2]);
                let next = nodes.len() - 1;
                nodes[node][side] = Branch::Node(next);
                node = next;
            }
        }
        data.extend(map(&record));
    }
    let mut bytes = Vec::new();
    for branch in nodes.iter().flatten() {
        let value = match branch {
            Branch::Nothing => nodes.len(),
            Branch::Node(index) => *index,
            Branch::Data(offset) => nodes.len() + 16 + offset,
        };
        bytes.extend(&u32::try_from(value).unwrap().to_be_bytes()[1..]);
    }
    bytes.extend([0; 16]);
    bytes.extend(data);
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    bytes.extend(map(&[
        ("node_count", number(6, u64::try_from(nodes.len()).unwrap())),
        ("record_size", number(5, 24)),
        ("ip_version", number(5, 4)),
        ("database_type", text("Test-City")),
        ("languages", vec![0, 4]),
        ("binary_format_major_version", number(5, 2)),
        ("binary_format_minor_version", number(5, 0)),
        ("build_epoch", number(9, 1_800_000_000)),
        ("description", map(&[("en", text("Places of tests"))])),
    ]));
    bytes
}
