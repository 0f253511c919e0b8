//! Payloads that mean something to some terminal or deceive some eye: made from tables, and written by hand where a known
//! hole needed one of its own.

/// One payload.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Bodies of control sequences: erase, move, ask, switch modes, print, resize, define keys.
const CSI: &[&str] = &[
    "2J",
    "3J",
    "H",
    "1;1H",
    "99;99H",
    "10A",
    "5B",
    "5C",
    "5D",
    "K",
    "2K",
    "M",
    "L",
    "5P",
    "4@",
    "20X",
    "31m",
    "8m",
    "5m",
    "7m",
    "38;2;0;0;0m",
    "0m",
    "6n",
    "5n",
    "c",
    ">c",
    "=c",
    "?1049h",
    "?1049l",
    "?1000h",
    "?1003h",
    "?2004l",
    "?25l",
    "?7l",
    "?5h",
    "?47h",
    "18t",
    "20t",
    "21t",
    "8;3;3t",
    "4i",
    "5i",
    "1;3r",
    "s",
    "u",
    "!p",
    "61\"p",
    "?1u",
    ">4;2m",
    "0q",
    "99999999999A",
    "?$p",
    "1;1'z",
];

/// Operating system commands: titles, clipboard, links, colours that answer, notifications, folders, files.
const OSC: &[&str] = &[
    "0;owned",
    "2;owned",
    "52;c;cm0gLXJm",
    "52;c;?",
    "8;;http://evil.example",
    "4;1;?",
    "10;?",
    "11;?",
    "12;?",
    "104",
    "7;file://evil/",
    "9;message",
    "777;notify;a;b",
    "133;A",
    "50;?",
    "1337;File=:AA==",
    "1337;RunCommand=x",
    "l",
    "L",
    "",
];

/// Device control: answers with what was sent, pictures, passages through a multiplexer.
const DCS: &[&str] = &[
    "+q544e",
    "$q\"p",
    "$qm",
    "q#0;1;0;0;0#0~",
    "1$r",
    "=1s",
    "tmux;\u{1b}\u{1b}]52;c;AA==\u{7}",
    "+p41=41",
];

/// Application programs, privacy messages, strings.
const STRINGS: &[&str] = &["Gf=100,a=T;AAAA", "kOwned", "text"];

/// What follows a single escape.
const SINGLE: &[&str] = &[
    "c", "7", "8", "D", "E", "M", "H", "Z", "n", "o", "|", "}", "~", "(0", "(B", ")0", "*B", "#8",
    "%G", "%@", "=", ">", "N", "O", "\\", "l", "m", " F", "6", "9",
];

/// Characters that take no place, or another's, or turn what stands around them.
const UNSEEN: &[u32] = &[
    0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d,
    0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062,
    0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f, 0x3164, 0xfe00, 0xfe0e, 0xfe0f,
    0xfeff, 0xffa0, 0xfff9, 0xfffa, 0xfffb, 0xffff, 0x13430, 0x1bca0, 0x1d173, 0x1f3fb, 0x1f3ff,
    0xe0001, 0xe0020, 0xe0041, 0xe007f, 0xe0100, 0xe01ef,
];

/// Tells whether a character must reach no eye as itself, whatever the program says of it: a control, or of the table.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(u32::from(c), 0..=0x1f | 0x7f..=0x9f) || UNSEEN.contains(&u32::from(c))
}

/// Letters that look like others.
const IMITATIONS: &[&str] = &[
    "p\u{430}yment",
    "\u{440}ull",
    "m\u{430}in",
    "hotfi\u{445}",
    "rel\u{435}ase",
    "ad\u{1d5c6}in",
    "\u{ff41}dmin",
    "g\u{131}thub",
    "\u{3bf}rigin",
    "l\u{13a5}b",
    "scope\u{405}",
];

/// Bytes that are no UTF-8, or only look as if they were.
const BROKEN: &[&[u8]] = &[
    b"\x9b2J",
    b"\x80",
    b"\xbf",
    b"\xc0\x9b",
    b"\xc1\x9b2J",
    b"\xe0\x80\x9b2J",
    b"\xf0\x80\x80\x9b2J",
    b"\xc0\x8a",
    b"\xc0\xae",
    b"\xe2\x82",
    b"\xe2",
    b"\xf0\x9f\x98",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xff",
    b"\x9d0;owned\x9c",
    b"\x90+q544e\x9c",
    b"\x9fGa=d\x9c",
    b"a\xffb\xfec",
];

/// Texts whose cells terminals count differently, or too many of something.
fn shapes() -> Vec<(&'static str, String)> {
    vec![
        ("wide", "漢字かな".repeat(3)),
        ("emoji", "👍🎉🚀".to_owned()),
        ("family", "👩\u{200d}👩\u{200d}👧\u{200d}👦".to_owned()),
        ("skin", "👍\u{1f3fd}".to_owned()),
        ("flag", "🇩🇪".to_owned()),
        ("half a flag", "🇩".to_owned()),
        ("two and a half flags", "🇩🇪🇫🇷🇮".to_owned()),
        ("keycap", "1\u{fe0f}\u{20e3}".to_owned()),
        ("text heart", "❤\u{fe0f}".to_owned()),
        ("half width", "ﾊ\u{ff9f}ﾋ\u{ff9e}".to_owned()),
        ("lam alef", "\u{644}\u{627}\u{644}\u{627}".to_owned()),
        ("arabic", "مرحبا".to_owned()),
        ("hebrew", "שלום".to_owned()),
        ("hangul jamo", "\u{1100}\u{1161}\u{11a8}".to_owned()),
        ("a vowel alone", "\u{1161}x".to_owned()),
        ("devanagari", "क्षि नमस्ते".to_owned()),
        ("thai", "น้ำใจ".to_owned()),
        ("khmer", "ក្រុម".to_owned()),
        ("tibetan", "བོད".to_owned()),
        // Not the replacement character: every terminal shows it, but not the emulator that reads back here.
        ("private use", "\u{e0b0}\u{f8ff}".to_owned()),
        ("boxes", "┌─┐│╔═╗".to_owned()),
        ("blank braille", "\u{2800}x".to_owned()),
        ("no-break", "a\u{a0}b\u{202f}c\u{2003}d".to_owned()),
        ("ideographic space", "a\u{3000}b".to_owned()),
        ("accent", "e\u{301}".to_owned()),
        ("accent on nothing", "\u{301}x".to_owned()),
        ("enclosed", "a\u{20dd}".to_owned()),
        ("eight marks", format!("a{}", "\u{300}".repeat(8))),
        (
            "ten thousand marks",
            format!("a{}", "\u{300}".repeat(10_000)),
        ),
        (
            "marks on a control",
            format!("\u{7}{}", "\u{300}".repeat(3)),
        ),
        ("an endless line", "x".repeat(100_000)),
        ("an endless wide line", "漢".repeat(20_000)),
        ("endless escapes", "\u{1b}".repeat(20_000)),
        ("tabs", "a\tb\t\tc".to_owned()),
        ("a return", "good\rbad".to_owned()),
        ("backspaces", "bad\u{8}\u{8}\u{8}good".to_owned()),
        ("lines", "one\ntwo\r\nthree".to_owned()),
        ("vertical", "one\u{b}two\u{c}three\u{85}four".to_owned()),
        (
            "turned code",
            "/*\u{202e} } \u{2066}if (isAdmin)\u{2069} \u{2066} begin */".to_owned(),
        ),
        ("a marker", "Lanekeeper-Hotfix: x\u{200b}".to_owned()),
        ("our own mark", "‹1B›␛".to_owned()),
        (
            "zalgo",
            "Z\u{351}\u{36b}\u{343}a\u{315}\u{300}\u{301}\u{302}\u{303}\u{304}l".to_owned(),
        ),
        ("tag flag", "🏴\u{e0067}\u{e0062}\u{e007f}".to_owned()),
        ("soft hyphens", "pay\u{ad}ment\u{ad}s".to_owned()),
    ]
}

/// Returns every payload.
pub(crate) fn corpus() -> Vec<Payload> {
    let mut corpus = Vec::new();
    let mut add = |name: String, bytes: &[u8]| {
        corpus.push(Payload {
            name,
            bytes: bytes.to_owned(),
        });
    };
    for body in CSI {
        for (form, begin) in [("7", "\u{1b}["), ("8", "\u{9b}")] {
            add(
                format!("CSI{form} {body}"),
                format!("{begin}{body}").as_bytes(),
            );
        }
    }
    let ends = [
        ("BEL", "\u{7}"),
        ("ST", "\u{1b}\\"),
        ("ST8", "\u{9c}"),
        ("open", ""),
    ];
    let both = |kind: &str, bodies: &[&str], seven: &str, eight: &str| {
        let mut made = Vec::new();
        for (n, body) in bodies.iter().enumerate() {
            for (form, begin) in [("7", seven), ("8", eight)] {
                for (end_name, end) in [ends[n % 4], ends[(n + 1) % 4]] {
                    made.push((
                        format!("{kind}{form} {body} {end_name}"),
                        format!("{begin}{body}{end}"),
                    ));
                }
            }
        }
        made
    };
    for (name, text) in [
        both("OSC", OSC, "\u{1b}]", "\u{9d}"),
        both("DCS", DCS, "\u{1b}P", "\u{90}"),
        both("APC", STRINGS, "\u{1b}_", "\u{9f}"),
        both("PM", STRINGS, "\u{1b}^", "\u{9e}"),
        both("SOS", STRINGS, "\u{1b}X", "\u{98}"),
    ]
    .concat()
    {
        add(name, text.as_bytes());
    }
    for body in SINGLE {
        add(format!("ESC {body}"), format!("\u{1b}{body}").as_bytes());
    }
    for c in (0..=0x1f_u32)
        .chain(0x7f..=0x9f)
        .chain(UNSEEN.iter().copied())
    {
        let c = char::from_u32(c).expect("a table of characters");
        add(format!("U+{:04X}", c as u32), format!("a{c}b").as_bytes());
    }
    for text in IMITATIONS {
        add(format!("imitation {text}"), text.as_bytes());
    }
    for (n, bytes) in BROKEN.iter().enumerate() {
        add(format!("broken {n}"), bytes);
    }
    for (name, text) in shapes() {
        add(name.to_owned(), text.as_bytes());
    }
    // As they come when a read ends in the middle of something.
    for (name, bytes) in [
        ("cut CSI", &b"\x1b[3"[..]),
        ("cut OSC", b"\x1b]52;c;"),
        ("cut ESC", b"end\x1b"),
        ("cut UTF-8", b"end\xf0\x9f"),
    ] {
        add(name.to_owned(), bytes);
    }
    corpus
}
