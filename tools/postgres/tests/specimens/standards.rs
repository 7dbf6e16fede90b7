//! The same classes in the forms that standards define and word processors make: RFC 5322 and 3696 mailboxes, E.123 and
//! E.164 numbers, ISO/IEC 7812 cards with what is printed beside them, ISO 13616's printed form, RFC 3986 hosts with ports,
//! RFC 4291 addresses; with Unicode's spaces, dashes and digits. And what other standards shape alike.

use pgwright_postgres::mask::detect::Class;

use super::{Random, Specimen, check_digits, luhn_digit, marked};

/// `count` values, half of them with something personal in them.
pub fn generate(seed: u64, count: usize) -> Vec<Specimen> {
    let mut random = Random(seed);
    (0..count)
        .map(|number| match number % 14 {
            0 => mailbox(&mut random),
            2 => telephone(&mut random),
            4 => account(&mut random),
            6 => card(&mut random),
            8 => host(&mut random),
            10 => social_security(&mut random),
            12 => credential(&mut random),
            _ => alike(&mut random),
        })
        .collect()
}

const COLUMNS: &[&str] = &["text", "note", "line", "raw", "log", "content"];
/// What may stand around without belonging to it.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("", ""),
    ("<", ">"),
    ("«", "»"),
    ("„", "“"),
    ("[", "]"),
    ("- ", ""),
    ("| ", " |"),
    ("\t", "\n"),
    ("see: ", "; more"),
    ("(", ")"),
    ("ответ: ", "."),
    ("値は", "です"),
    ("\u{a0}", "\u{a0}"),
    ("a – ", " – b"),
    ("*", "*"),
    ("{\"k\": \"", "\"}"),
    ("k=", ";"),
];
const SPACES: &[&str] = &[" ", " ", "\u{a0}", "\u{202f}", "\u{2009}", "\u{2007}", "\u{3000}"];
const DASHES: &[&str] = &["-", "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}", "\u{ff0d}"];

/// Puts one kind of space and one kind of dash into it, now and then other digits.
fn printed(random: &mut Random, text: &str) -> String {
    let (space, dash) = (random.of(SPACES), random.of(DASHES));
    let zero = if random.one_in(12) { random.of(&['０', '٠', '۰', '०']) } else { '0' };
    text.chars()
        .map(|letter| match letter {
            ' ' => space.to_owned(),
            '-' => dash.to_owned(),
            '0'..='9' => {
                let digit = u32::from(letter) - u32::from('0') + u32::from(zero);
                char::from_u32(digit).unwrap().to_string()
            }
            other => other.to_string(),
        })
        .collect()
}

fn around(random: &mut Random, class: Class, value: &str) -> Specimen {
    let (before, after) = random.of(AROUND);
    marked(class, random.of(COLUMNS), before, value, after)
}

fn mailbox(random: &mut Random) -> Specimen {
    let atom = random.some("abcdefghijklmnopqrstuvwxyz", 5);
    let local = match random.below(8) {
        0 => format!("\"{atom} {atom}\""),
        1 => format!("\"{atom}..{atom}\""),
        2 => format!("{atom}+{}", random.some("abc123", 4)),
        3 => format!("{}.{atom}", random.some("abcdefgh", 1)),
        4 => format!("{atom}_{}", random.below(100)),
        5 => atom.to_uppercase(),
        _ => atom,
    };
    let label = random.some("bcdfghjklmnpqrstvwxz", 6);
    let domain = match random.below(6) {
        0 => format!("{label}.{label}.example"),
        1 => format!("{label}-{label}.info"),
        2 => format!("xn--{label}-kva.example"),
        3 => format!("[192.0.2.{}]", random.below(256)),
        4 => format!("{label}.travel"),
        _ => format!("{label}.org"),
    };
    let value = format!("{local}@{domain}");
    match random.below(5) {
        0 => marked(Class::Email, random.of(COLUMNS), "smtp ", &value, &random.fill(":2#")),
        1 => marked(Class::Email, random.of(COLUMNS), "\"Doe, Jane\" <", &value, ">"),
        2 => marked(Class::Email, random.of(COLUMNS), "mailto:", &value, "?subject=x"),
        _ => around(random, Class::Email, &value),
    }
}

/// E.123: international with spaces, national in parentheses; and what people make of them.
fn telephone(random: &mut Random) -> Specimen {
    let template = random.of(&[
        "+22 607 123 4567",
        "+4^ ^^ ### ## ##",
        "+35^ ^# ### ####",
        "+1 ^## ^## ####",
        "+61 ^ #### ####",
        "+420 ### ### ###",
        "+381 ^# ### ####",
        "+234 8## ### ####",
        "+62 812-####-####",
        "+66 ^ #### ####",
        "+57 3## #######",
        "+972-^#-###-####",
        "(^##) ^##-####",
        "(0^#) #### ####",
        "+49-^#-######^",
        "+4930######^",
        "+43 ^ ######^#",
        "+358-^#-^######",
    ]);
    let plain = random.fill(template);
    let value = printed(random, &plain);
    match random.below(4) {
        0 => marked(Class::Phone, random.of(COLUMNS), "tel:", &value, ""),
        1 => marked(Class::Phone, random.of(COLUMNS), "", &value, ", "),
        _ => around(random, Class::Phone, &value),
    }
}

fn account(random: &mut Random) -> Specimen {
    let (country, shape) = random.of(&[
        ("HU", "########################"),
        ("GR", "#######||||||||||||||||"),
        ("SK", "####################"),
        ("LV", "~~~~|||||||||||||"),
        ("EE", "################"),
        ("IS", "######################"),
        ("AE", "###################"),
        ("KZ", "###|||||||||||||"),
        ("DE", "##################"),
        ("GI", "~~~~|||||||||||||||"),
        ("CY", "########||||||||||||||||"),
    ]);
    let bban = random.fill(shape);
    let electronic = format!("{country}{:02}{bban}", check_digits(country, &bban));
    let value = if random.one_in(2) {
        electronic
    } else {
        let letters: Vec<char> = electronic.chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        printed(random, &groups.join(" "))
    };
    around(random, Class::Iban, &value)
}

/// With the date, and the code, that stand beside the number.
fn card(random: &mut Random) -> Specimen {
    let (prefix, length) =
        random.of(&[("4", 16), ("52", 16), ("2300", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14)]);
    let body = format!("{prefix}{}", random.some("0123456789", length - prefix.len() - 1));
    let number = format!("{body}{}", luhn_digit(&body));
    let cuts: &[usize] = if length == 16 { &[4, 8, 12] } else { &[4, 10] };
    let mut grouped = number.clone();
    for cut in cuts.iter().rev() {
        grouped.insert(*cut, random.of(&[' ', ' ', ' ', '-']));
    }
    // One sign for all of it.
    let sign = if grouped.contains('-') { "-" } else { " " };
    let grouped = grouped.replace([' ', '-'], sign);
    let plain = if random.one_in(3) { number } else { grouped };
    let value = printed(random, &plain);
    let beside = random.of(&[
        "",
        "",
        " 12/2#",
        " 0^/203#",
        " 0^/2# ###",
        " exp. 0^/2#",
        "\\|0^\\|2#\\|###",
        ";0^2#",
        " (0^/2#)",
        "/0^/2#",
    ]);
    let beside = random.fill(beside);
    marked(
        Class::Card,
        random.of(COLUMNS),
        random.of(&["", "", "paid with ", "PAN:", "карта "]),
        &value,
        &beside,
    )
}

fn host(random: &mut Random) -> Specimen {
    let octet = |random: &mut Random| random.between(40, 255);
    let v4 = format!("{}.{}.{}.{}", random.between(11, 223), octet(random), octet(random), octet(random));
    let v6 = match random.below(4) {
        0 => random.fill("2001:db8:1``:2``::1``"),
        1 => random.fill("2a02:1```:2```:3```:4```:5```:6```:7```"),
        2 => random.fill("fe80::1```:2```:3```:4```").to_uppercase(),
        _ => format!("::ffff:{v4}"),
    };
    match random.below(8) {
        0 => marked(Class::Ip, random.of(COLUMNS), "from ", &v4, &random.fill(":^####")),
        1 => marked(Class::Ip, random.of(COLUMNS), "http://[", &v6, "]:8080/"),
        2 => marked(Class::Ip, random.of(COLUMNS), "https://", &v4, "/index"),
        3 => marked(
            Class::Ip,
            random.of(COLUMNS),
            "http://",
            random.of(&["8.8.8.8", "1.1.1.1", "9.9.9.9"]),
            ":53/",
        ),
        4 | 5 => around(random, Class::Ip, &v4),
        _ => around(random, Class::Ip, &v6),
    }
}

fn social_security(random: &mut Random) -> Specimen {
    let area = random.between(100, 665);
    let plain = format!("{area}-{:02}-{:04}", random.between(1, 99), random.between(1, 9999));
    if random.one_in(3) {
        let value = printed(random, &plain.replace('-', " "));
        let before = random.of(&["SSN: ", "ssn ", "social security number "]);
        return marked(Class::Ssn, random.of(COLUMNS), before, &value, "");
    }
    let value = printed(random, &plain);
    around(random, Class::Ssn, &value)
}

fn credential(random: &mut Random) -> Specimen {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let body = random.some(LETTERS, 36) + "5";
    let (before, value, after) = match random.below(6) {
        0 => ("Authorization: Bearer ", body, ""),
        1 => ("postgresql://svc:", random.some(LETTERS, 12) + "3", "@db.example:5432/app?sslmode=require"),
        2 => ("amqp://guest:", random.some(LETTERS, 10) + "1", "@mq/vhost"),
        3 => ("", format!("ghp_{}", &body[..36]), ""),
        4 => ("client_secret=", body, "&grant_type=client_credentials"),
        _ => ("\"access_token\":\"", body, "\",\"expires_in\":3600"),
    };
    marked(Class::Token, random.of(COLUMNS), before, &value, after)
}

/// What standards shape alike: ISBN, ISSN, EAN, ISO 8601, UUID, OID, MAC, versions, ranges of years, page numbers.
fn alike(random: &mut Random) -> Specimen {
    let template = random.of(&[
        "ISBN 978-3-1#-######-#",
        "ISSN 20#9-3##X",
        "(2023) 1##-####",
        "(1998) ^##-####",
        "vol. 12 (2019), pp. ###-###",
        "2024-W0^-3",
        "P3Y6M4DT12H30M5S",
        "2024-0^-1#T1#:0#:0#+02:00",
        "2024-0^-1#/2024-1#-0^",
        "urn:uuid:````````-````-4```-8```-````````````",
        "1.3.6.1.4.1.31^#.1",
        "02:1`:``:``:``:f`",
        "1.2#.3-rc.#",
        "v2.#.1#",
        "HTTP/1.1 200 ###",
        "1#:30 - 1#:45",
        "# ### ### KB",
        "1\u{a0}###\u{a0}###,5#",
        "R2-D2 und C-3PO",
        "user@host",
        "git@code.example.org:team/app.git",
        "deploy@build.example.org:/srv/www/app",
        "@media print",
        "x@2x.png",
        "10.1###/abc.2#.###",
        "arXiv:2#0#.#####",
        "RFC 5322 §3.4.1",
        "§ 3#2 Abs. 1 Satz 2",
        "temperature –1#.5 °C",
        "EAN 4006381##3931#",
        "lot 2##-##A",
        "48.137###, 11.57####",
        "GMT−0^:00",
        "#x#x## mm",
        "p\u{ad}a\u{ad}per",
        "score: 1#–1#",
        "19#^–20#^",
        "CAS 7732-18-5",
        "chmod 0755, umask 0022",
        "crc32 ````````",
    ]);
    Specimen { column: random.of(COLUMNS), text: random.fill(template), marks: Vec::new() }
}
