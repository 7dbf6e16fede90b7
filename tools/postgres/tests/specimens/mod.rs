//! Values as databases hold them, with what is personal in them marked: seeded, many formats, and as many values that
//! only look so. Check digits are computed here by other means than the detectors'.

pub mod standards;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use pgwright_postgres::mask::detect::{Class, Column, find};

/// One value of a column.
pub struct Specimen {
    pub column: &'static str,
    pub text: String,
    /// What is personal in it.
    pub marks: Vec<(Class, Range<usize>)>,
}

/// Hits and misses of one class.
#[derive(Debug, Default, Clone, Copy)]
pub struct Score {
    pub right: usize,
    pub missed: usize,
    pub wrong: usize,
}

impl Score {
    pub fn recall(self) -> f64 {
        self.right as f64 / (self.right + self.missed).max(1) as f64
    }

    pub fn precision(self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }
}

/// Runs the detectors over all values. A hit is right where class and range are exactly those marked. Up to `show`
/// mistakes are returned, as text.
pub fn score(specimens: &[Specimen], show: usize) -> (BTreeMap<Class, Score>, Vec<String>) {
    let mut scores: BTreeMap<Class, Score> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for Specimen { column, text, marks } in specimens {
        let found: Vec<_> =
            find(text, Column::new(column)).into_iter().map(|found| (found.class, found.range)).collect();
        for mark in marks {
            let score = scores.entry(mark.0).or_default();
            if found.contains(mark) {
                score.right += 1;
            } else {
                score.missed += 1;
                mistakes.push(format!("missed {} in {column}: {text:?} (found {found:?})", mark.0));
            }
        }
        for hit in found.iter().filter(|hit| !marks.contains(hit)) {
            scores.entry(hit.0).or_default().wrong += 1;
            mistakes.push(format!("wrong {} in {column}: {text:?} at {:?}", hit.0, &text[hit.1.clone()]));
        }
    }
    mistakes.truncate(show);
    (scores, mistakes)
}

/// `count` values: half of them with something personal, in equal shares of the classes.
pub fn generate(seed: u64, count: usize) -> Vec<Specimen> {
    let mut random = Random(seed);
    (0..count)
        .map(|number| match number % 14 {
            0 => email(&mut random),
            2 => phone(&mut random),
            4 => iban(&mut random),
            6 => card(&mut random),
            8 => ip(&mut random),
            10 => ssn(&mut random),
            12 => token(&mut random),
            _ => harmless(&mut random),
        })
        .collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    fn one_in(&mut self, share: usize) -> bool {
        self.below(share) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn some(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| self.of(&letters)).collect()
    }

    /// Fills a template: `#` a digit, `^` 2 to 9, `~` a capital letter, `|` a capital or a digit, `` ` `` a hexadecimal
    /// digit; `\` keeps the next character.
    fn fill(&mut self, template: &str) -> String {
        let mut filled = String::new();
        let mut letters = template.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '#' => filled.push_str(&self.some("0123456789", 1)),
                '^' => filled.push_str(&self.some("23456789", 1)),
                '~' => filled.push_str(&self.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1)),
                '`' => filled.push_str(&self.some("0123456789abcdef", 1)),
                '|' => filled.push_str(&self.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 1)),
                '\\' => filled.extend(letters.next()),
                other => filled.push(other),
            }
        }
        filled
    }
}

const NEUTRAL: &[&str] =
    &["notes", "comment", "value", "body", "payload", "description", "message", "details", "remark"];
const BEFORE: &[&str] = &[
    "",
    "",
    "Customer wrote from ",
    "Please use ",
    "see ",
    "Contact: ",
    "old value was ",
    "(",
    "\"",
    "Updated to ",
    "Gespräch geführt mit ",
    "用户 ",
    "The customer, a long-standing one, asked us on Tuesday to reach out again; ",
    "{\"v\":\"",
    "<p>",
    "* ",
    "• ",
    "changed from x to ",
];
const AFTER: &[&str] = &[
    "",
    "",
    ".",
    " for the next delivery.",
    ", thanks",
    ")",
    "\"",
    " and nothing else",
    "; second line\nfollows here",
    " 谢谢",
    "\"}",
    "</p>",
    " (checked)",
    "!",
    "?",
];

/// The value alone, or inside longer text.
fn placed(random: &mut Random, class: Class, columns: &[&'static str], value: &str) -> Specimen {
    let column = if random.one_in(3) { random.of(columns) } else { random.of(NEUTRAL) };
    let (before, after) = if random.one_in(2) { ("", "") } else { (random.of(BEFORE), random.of(AFTER)) };
    marked(class, column, before, value, after)
}

fn marked(class: Class, column: &'static str, before: &str, value: &str, after: &str) -> Specimen {
    let range = before.len()..before.len() + value.len();
    Specimen { column, text: format!("{before}{value}{after}"), marks: vec![(class, range)] }
}

const NAMES: &[&str] = &[
    "anna",
    "bob",
    "carlos",
    "dmitri",
    "elena",
    "fatima",
    "george",
    "hiro",
    "ines",
    "jürgen",
    "kate",
    "li.wei",
    "maria.garcia",
    "n_okafor",
    "o'brien",
    "p.van.der.berg",
    "quentin-durand",
    "r2d2",
    "sales",
    "info",
    "no-reply",
    "support+tickets",
    "j.smith99",
    "JDOE",
];
const HOSTS: &[&str] = &[
    "example.org",
    "gmail.com",
    "mail.example.co.uk",
    "acme-corp.io",
    "sub.domain.example.com",
    "uni-köln.de",
    "web.de",
    "yahoo.co.jp",
    "company.technology",
    "x.ai",
    "EXAMPLE.COM",
    "xn--bcher-kva.example",
    "123-reg.net",
    "correo.gob.mx",
    "a.bc",
];

fn email(random: &mut Random) -> Specimen {
    let mut local = random.of(NAMES).to_owned();
    if random.one_in(3) {
        let _ = write!(local, "{}", random.below(10_000));
    }
    if random.one_in(6) {
        let _ = write!(local, "+{}", random.fill("news#"));
    }
    let value = format!("{local}@{}", random.of(HOSTS));
    placed(random, Class::Email, &["email", "contact_email", "mail"], &value)
}

const PHONES: &[&str] = &[
    "(^##) ^##-####",
    "^##-^##-####",
    "^##.^##.####",
    "+1 ^## ^## ####",
    "+1-^##-^##-####",
    "1-^##-^##-####",
    "+1^##^######",
    "+1 (^##) ^##-####",
    "^## ^## ####",
    "(^##) ^##-#### ext. ##9",
    "(^##)^##-####",
    "+1.^##.^##.####",
    "(^##) ^## ####",
    "^##-^##-#### x##",
    "020 7### ####",
    "+44 20 7### ####",
    "07### ######",
    "+44 7### ######",
    "+44 (0)20 7### ####",
    "0121 ### ####",
    "01^## ### ###",
    "+447#########",
    "+44 (20) 7### ####",
    "(020) 7### ####",
    "030 ^######",
    "0171 ^######",
    "+49 171 ^######",
    "0171/^######",
    "+49 (0)89 ^#####",
    "(030) ^######",
    "089-^#######",
    "0049 171 ^######",
    "+49-89-^#######",
    "+49 30 ^## ## ##",
    "+49 (89) ^#####",
    "06 ## ## ## ##",
    "01.##.##.##.##",
    "+33 6 ## ## ## ##",
    "+336########",
    "01-##-##-##-##",
    "0033 6 ## ## ## ##",
    "+33 (0)1 ## ## ## ##",
    "+34 6## ## ## ##",
    "6## ## ## ##",
    "+34 9## ### ###",
    "+39 3## #######",
    "+39 06 ########",
    "06 ^#######",
    "03-####-####",
    "090-####-####",
    "+81 90-####-####",
    "+81-3-####-####",
    "+91 98### #####",
    "+91-9#########",
    "(11) 9####-####",
    "+55 11 9####-####",
    "+55 (21) ####-####",
    "138 #### ####",
    "+86 138 #### ####",
    "138-####-####",
    "+86-10-########",
    "(02) 9### ####",
    "04## ### ###",
    "+61 4## ### ###",
    "+61 (0)4## ### ###",
    "06-^#######",
    "+31 6 ########",
    "020-^######",
    "044 ^## ## ##",
    "+41 44 ^## ## ##",
    "079 ^## ## ##",
    "+48 ^## ### ###",
    "08-^## ### ##",
    "070-^## ## ##",
    "+46 70 ^## ## ##",
    "+7 9## ###-##-##",
    "8 (9##) ###-##-##",
    "+7 (9##) ###-##-##",
    "010-####-####",
    "+82-10-####-####",
    "+52 55 #### ####",
    "+27 82 ### ####",
    "+971 50 ### ####",
    "+972-5#-###-####",
    "05#-###-####",
    "+90 5## ### ## ##",
    "0(5##) ### ## ##",
    "0532 ### ## ##",
    "+65 #### ####",
    "+852 #### ####",
    "+353 86 ### ####",
    "+358 40 ### ####",
    "+45 ## ## ## ##",
    "+47 ### ## ###",
    "+351 9## ### ###",
];
/// Numbers that nothing but the column tells from others.
const BARE_PHONES: &[&str] = &[
    "^##^######",
    "07#########",
    "0171^######",
    "06########",
    "9#### #####",
    "5## ### ###",
    "####-####",
    "138########",
    "1^##^######",
    "49171^######",
    "### ####",
    "00491719######",
];

fn phone(random: &mut Random) -> Specimen {
    let columns = ["phone", "mobile", "tel", "customer_phone_number", "fax"];
    if random.one_in(5) {
        let template = random.of(BARE_PHONES);
        let value = random.fill(template);
        if random.one_in(2) {
            return marked(Class::Phone, random.of(&columns), "", &value, "");
        }
        let before = random.of(&["Tel. ", "phone: ", "Call ", "mobile number: ", "WhatsApp "]);
        return marked(Class::Phone, random.of(NEUTRAL), before, &value, random.of(AFTER));
    }
    let template = random.of(PHONES);
    let value = random.fill(template);
    placed(random, Class::Phone, &columns, &value)
}

/// Countries with the shape of their account numbers, from the registry.
const ACCOUNTS: &[(&str, &str)] = &[
    ("DE", "##################"),
    ("FR", "##########|||||||||||##"),
    ("GB", "~~~~##############"),
    ("NL", "~~~~##########"),
    ("ES", "####################"),
    ("IT", "~##########||||||||||||"),
    ("BE", "############"),
    ("CH", "#####||||||||||||"),
    ("AT", "################"),
    ("PL", "########################"),
    ("SE", "####################"),
    ("NO", "###########"),
    ("DK", "##############"),
    ("FI", "##############"),
    ("PT", "#####################"),
    ("IE", "~~~~##############"),
    ("CZ", "####################"),
    ("RO", "~~~~||||||||||||||||"),
    ("TR", "######||||||||||||||||"),
    ("SA", "##||||||||||||||||||"),
    ("MT", "~~~~#####||||||||||||||||||"),
    ("BR", "#######################~|"),
    ("LU", "###|||||||||||||"),
    ("UA", "######|||||||||||||||||||"),
];

fn iban(random: &mut Random) -> Specimen {
    let (country, shape) = random.of(ACCOUNTS);
    let account = random.fill(shape);
    let compact = format!("{country}{:02}{account}", check_digits(country, &account));
    let groups = |sign: &str| {
        let letters: Vec<char> = compact.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(sign)
    };
    let value = match random.below(5) {
        0 | 1 => compact.clone(),
        2 | 3 => groups(" "),
        _ if random.one_in(2) => compact.to_lowercase(),
        _ => groups("-"),
    };
    placed(random, Class::Iban, &["iban", "bank_account"], &value)
}

/// ISO 7064: nine decimal places at a time.
fn check_digits(country: &str, account: &str) -> u64 {
    let mut decimal = String::new();
    for letter in format!("{account}{country}00").bytes() {
        match letter {
            b'0'..=b'9' => decimal.push(char::from(letter)),
            _ => decimal.push_str(&(letter - b'A' + 10).to_string()),
        }
    }
    let mut rest = String::new();
    for part in decimal.as_bytes().chunks(7) {
        rest.push_str(std::str::from_utf8(part).unwrap());
        rest = (rest.parse::<u64>().unwrap() % 97).to_string();
    }
    98 - rest.parse::<u64>().unwrap()
}

const ISSUERS: &[(&str, usize)] = &[
    ("4", 16),
    ("4", 16),
    ("51", 16),
    ("53", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("2500", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("644", 16),
    ("36", 14),
    ("305", 14),
    ("3528", 16),
    ("3589", 16),
    ("62", 16),
    ("62", 19),
    ("2200", 16),
];

fn card(random: &mut Random) -> Specimen {
    let (prefix, length) = random.of(ISSUERS);
    let missing = length - prefix.len() - 1;
    let body = format!("{prefix}{}", random.some("0123456789", missing));
    let compact = format!("{body}{}", luhn_digit(&body));
    let cuts: &[usize] = match length {
        15 => &[4, 10],
        14 => &[4, 10],
        19 => &[4, 8, 12, 16],
        _ => &[4, 8, 12],
    };
    let grouped = |sign: char| {
        let mut text = compact.clone();
        for cut in cuts.iter().rev() {
            text.insert(*cut, sign);
        }
        text
    };
    let value = match random.below(4) {
        0 | 1 => compact.clone(),
        2 => grouped(' '),
        _ => grouped('-'),
    };
    if random.one_in(6) {
        let after = random.fill(" exp 0#/2#");
        return marked(Class::Card, random.of(NEUTRAL), "card ", &value, &after);
    }
    placed(random, Class::Card, &["card_number", "pan", "payment"], &value)
}

/// By the table of doubled digits.
fn luhn_digit(body: &str) -> u8 {
    const DOUBLED: [u8; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let mut doubled = true;
    let mut sum = 0_u32;
    for digit in body.bytes().rev() {
        let digit = digit - b'0';
        sum += u32::from(if doubled { DOUBLED[usize::from(digit)] } else { digit });
        doubled = !doubled;
    }
    u8::try_from((10 - sum % 10) % 10).unwrap()
}

fn ip(random: &mut Random) -> Specimen {
    let octet = |random: &mut Random| random.below(256);
    let mut value = match random.below(6) {
        0..=2 => {
            let first = random.between(1, 223);
            format!("{first}.{}.{}.{}", octet(random), octet(random), octet(random))
        }
        3 => random.fill("2001:db8:````:````:````:````:````:````").replace(":0", ":1"),
        4 => random.fill("fe80::1``:````:````:````"),
        _ => random.fill("2a0#:````:1``::1``"),
    };
    if random.one_in(8) {
        let bits =
            if value.contains(':') { random.of(&[32, 48, 64, 128]) } else { random.of(&[8, 16, 24, 32]) };
        let _ = write!(value, "/{bits}");
    }
    if random.one_in(6) && !value.contains([':', '/']) {
        let after = random.fill(":5### connected");
        return marked(Class::Ip, random.of(NEUTRAL), "peer ", &value, &after);
    }
    placed(random, Class::Ip, &["ip_address", "client_ip", "host"], &value)
}

fn ssn(random: &mut Random) -> Specimen {
    let area = loop {
        let area = random.between(1, 899);
        if area != 666 {
            break area;
        }
    };
    let (group, serial) = (random.between(1, 99), random.between(1, 9999));
    match random.below(6) {
        0 => marked(Class::Ssn, "ssn", "", &format!("{area:03}{group:02}{serial:04}"), ""),
        1 => {
            let value = format!("{area:03} {group:02} {serial:04}");
            marked(
                Class::Ssn,
                random.of(NEUTRAL),
                random.of(&["SSN ", "SSN: ", "social security number: "]),
                &value,
                ".",
            )
        }
        _ => {
            let value = format!("{area:03}-{group:02}-{serial:04}");
            placed(random, Class::Ssn, &["ssn", "tax_ref"], &value)
        }
    }
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn token(random: &mut Random) -> Specimen {
    let token_columns =
        ["token", "session_token", "api_key", "refresh_token", "access_token", "sessionId", "reset_token"];
    match random.below(9) {
        0 => {
            let value = random.fill("````````-````-4```-8```-````````````");
            marked(Class::Token, random.of(&token_columns), "", &value, "")
        }
        1 => {
            let length = random.between(16, 32) * 2;
            let value = random.some("0123456789abcdef", length);
            marked(Class::Token, random.of(&token_columns), "", &value, "")
        }
        2 => {
            let parts = [random.between(20, 60), random.between(40, 200), random.between(30, 90)];
            let [header, claims, signature] = parts.map(|length| random.some(BASE64, length));
            let value = format!("eyJ{header}.eyJ{claims}.{signature}");
            placed(random, Class::Token, &token_columns, &value)
        }
        3 => {
            let (prefix, length) = random.of(&[
                ("sk_live_", 24),
                ("ghp_", 36),
                ("glpat-", 20),
                ("xoxb-1234567890-", 24),
                ("npm_", 36),
                ("sk-proj-", 48),
                ("AIzaSy", 33),
                ("whsec_", 32),
                ("shpat_", 32),
                ("hvs.", 24),
            ]);
            let mut body = random.some(BASE64, length - 1);
            body.push('7');
            placed(random, Class::Token, &token_columns, &format!("{prefix}{body}"))
        }
        4 => {
            let value = random.fill("AKIA||||||||||||||||");
            placed(random, Class::Token, &["aws_access_key_id", "config"], &value)
        }
        5 => {
            let value = random.some(BASE64, 10) + random.of(&["#7", "!1", "x9", "%40"]);
            let scheme = random.of(&["postgres", "mysql", "redis", "amqp", "https"]);
            marked(
                Class::Token,
                random.of(NEUTRAL),
                &format!("uses {scheme}://app:"),
                &value,
                "@db.internal:5432/x",
            )
        }
        6 => {
            let value = random.some(BASE64, 11) + "4x";
            let before = random.of(&[
                "password=",
                "host=db user=me password=",
                "pwd: ",
                "\"password\": \"",
                "?token=",
                "DB_PASSWORD=",
                "api_key=",
            ]);
            let after = if before.ends_with('"') {
                "\"}"
            } else {
                random.of(&["", " port=5432", "&x=1", "\nNEXT=1"])
            };
            marked(Class::Token, random.of(NEUTRAL), before, &value, after)
        }
        7 => {
            let value = random.some(BASE64, 39) + "4";
            let before = random.of(&["Authorization: Bearer ", "X-Api-Key: ", "session=", "sessionid: "]);
            marked(Class::Token, random.of(NEUTRAL), before, &value, "")
        }
        _ => {
            let length = random.between(20, 40);
            let value = random.some(BASE64, length) + "9==";
            marked(Class::Token, random.of(&token_columns), "", &value, "")
        }
    }
}

/// Column and template of values that only look personal, or do not at all.
const HARMLESS: &[(&str, &str)] = &[
    ("order_number", "ORD-2024-######"),
    ("order_number", "##########"),
    ("order_number", "################"),
    ("notes", "order 4#####-####-##"),
    ("invoice_no", "INV/2024/#####"),
    ("reference", "RF-##-####-####"),
    ("comment", "Invoice ^##-^##-#### is open"),
    ("tracking", "1Z|||||||||||||||"),
    ("tracking_number", "9400 #### #### #### #### ##"),
    ("created", "2024-0^-1# 1#:3#:2#"),
    ("created_at", "2023-1#-0^T0#:1#:5#.######Z"),
    ("ts", "17########"),
    ("ts", "17###########"),
    ("ts", "17##############"),
    ("notes", "from 2024-01-1# to 2024-02-2#"),
    ("notes", "due 0^.0^.202#"),
    ("notes", "due 0^/1#/202#"),
    ("notes", "met on 0^-1#-202# at noon"),
    ("notes", "0^.1#.202# 1#:3#"),
    ("version", "#.1#.#.2#"),
    ("version", "1#.#.#"),
    ("notes", "running v#.#.1#.4"),
    ("notes", "upgraded to version 1#.#.#.#"),
    ("user_agent", "Mozilla/5.0 (X11; Linux x86\\_64) Chrome/12#.0.6###.1##"),
    ("notes", "Section #.#.1#.# applies"),
    ("price", "1,###.##"),
    ("price", "# ### ###.##"),
    ("amount", "-####.##"),
    ("notes", "paid $^,###.## for ^## items"),
    ("notes", "EUR 1.###.###,##"),
    ("hash", "````````````````````````````````"),
    ("sha256", "````````````````````````````````````````````````````````````````"),
    ("commit", "````````````````````````````````````````"),
    ("notes", "fixed in ```````"),
    ("sku", "~~~-####-~#"),
    ("sku", "##-####-####"),
    ("product_code", "##~###-##"),
    ("isbn", "978-#-##-######-#"),
    ("notes", "ISBN 0-###-#####-#"),
    ("ean", "4############"),
    ("barcode", "############"),
    ("notes", "48.8#### ^, 2.3#### E"),
    ("location", "(48.8####,2.3####)"),
    ("lat", "-33.######"),
    ("notes", "+48.8#######, +2.3####"),
    ("id", "````````-````-4```-a```-````````````"),
    ("customer_id", "````````-````-4```-b```-````````````"),
    ("notes", "row ````````-````-4```-9```-```````````` is gone"),
    ("mac", "`#:``:``:#`:``:``"),
    ("notes", "NIC ``-``-``-``-``-``"),
    ("asset", "icon@2x.png"),
    ("handle", "@hello##"),
    ("notes", "git@git.example.org:team/repo#.git"),
    ("dependency", "@types/node@20.1#.#"),
    ("notes", "5 pcs @ #.99 each"),
    ("cve", "CVE-2024-#####"),
    ("duration", "0#:1#:2#"),
    ("notes", "open 1#:30-1#:45 daily"),
    ("notes", "born 19## - 20##"),
    ("ratio", "16:9"),
    ("notes", "std::vec::Vec and a::b"),
    ("notes", "ab::cd::ef is a path"),
    ("zip", "#####-####"),
    ("postcode", "~~# #~~"),
    ("issn", "####-###X"),
    ("doi", "10.1###/j.####.2#"),
    ("notes", "see RFC 5321, p. 1#"),
    ("vin", "1~~~~~##~|~######"),
    ("color", "\\#``````"),
    ("notes", "3 x 12.# kg, 4 x 1# cm"),
    ("notes", "score 2#:1# (1#:0#)"),
    ("path", "/var/log/app-202#0^1#.log"),
    ("url", "https://example.org/a/####?page=#"),
    ("url", "https://shop.example.com/p/##########.html"),
    ("notes", "reply to ticket \\#######"),
    ("json", "{\"a\": ####, \"b\": [1#, 2#, 3#], \"c\": \"1#.5\"}"),
    ("sql", "select ###, '####' from t where n > 1e# and m = $1"),
    ("log", "202#-01-1#T1#:0#:3#Z INFO done in ### ms, #### rows"),
    ("notes", "The token is valid for ^# days"),
    ("notes", "Password: must be changed every 9# days"),
    ("notes", "secret ingredients of 19##"),
    ("notes", "set max\\_tokens=###"),
    ("notes", "session: 1#:30 in room ^#"),
    ("settings", "timeout=30 retries=# host=localhost port=5432"),
    ("notes", "DE is 8# million people"),
    ("notes", "GB2# is our part for NL9# and FR1#"),
    ("part", "DE###########"),
    ("account", "##########"),
    ("value", "########"),
    ("value", "#########"),
    ("value", "##########"),
    ("value", "################"),
    ("value", "####.########"),
    ("value", "0.#########"),
    ("value", "0^########"),
    ("value", "1.#####e+0#"),
    ("phone_type", "mobile"),
    ("notes", "The order of 2# pieces arrived on the third of May, in ^ boxes of ## each."),
    ("notes", "Lieferung in KW 2#, Palette ##, Gewicht 1.### kg"),
    ("notes", "第#章 共##页 价格###元"),
    ("notes", "^## 1## ####"),
    ("notes", "table of 1## 2## 3## 4## values"),
    ("notes", "10 000 ### ### units"),
    ("rows", "1## 2## 3## 4## 5## 6## 7##"),
    ("notes", "meet at gate A1#, seat 2#C"),
    ("iban_country", "DE"),
    ("serial_number", "##-###-####"),
    ("imei", "35#############"),
    ("notes", "model ^##-1##-X"),
    ("batch", "L##.##.##"),
    ("notes", "UTC+0# and GMT+1"),
    ("notes", "temperature -1#.# to +2#.#"),
    ("ticker", "BRK.B"),
    ("notes", "root@localhost said user@host"),
    ("notes", "#st, #nd and #rd of ##"),
    ("notes", "oid 1.3.6.1.4.1.#####.#"),
    ("macaddr", "````.````.````"),
    ("notes", "C4-E# chord, A-4## Hz"),
    ("rule", "§ ### Abs. # Satz #"),
];

fn harmless(random: &mut Random) -> Specimen {
    let (column, template) = random.of(HARMLESS);
    let text = random.fill(template);
    Specimen { column, text, marks: Vec::new() }
}
