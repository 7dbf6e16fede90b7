//! What the name of a column says about its values, in the languages that databases are commonly written in.
//!
//! A name is cut into words (`customerEmail`, `customer_e_mail`, `CUSTOMER-EMAIL`), and the longest run of them that
//! is known decides. Names that speak *about* such a value (`email_verified`, `phone_type`, `address_id`) do not count.

use super::{Class, Hint};

/// How sure a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The word has other uses too: `address`, `nom`, `pan`.
    Likely,
    /// It hardly means anything else.
    Certain,
}

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The class of the values.
    pub class: Class,
    /// How sure that is.
    pub certainty: Certainty,
}

use Certainty::{Certain, Likely};

/// Words run together, by class. Likely ones follow after the certain ones.
const KNOWN: &[(Class, Certainty, &str)] = &[
    (
        Class::Email,
        Certain,
        "email emails emailaddress emailaddr mailaddress useremail correo correoelectronico courriel \
         adressemail mailadresse emailadresse epost epostadresse почта 邮箱 电子邮件 メール メールアドレス 이메일 posta \
         pocztaelektroniczna",
    ),
    (Class::Email, Likely, "mail mails emailto emailfrom recipient mailto replyto"),
    (
        Class::Phone,
        Certain,
        "phone phones phonenumber phoneno phonenum telephone telephonenumber telno telnr telnumber \
         mobilephone mobilenumber mobileno cellphone cellnumber homephone workphone telefon \
         telefonnummer telefono teléfono telefone celular movil móvil handynummer handy rufnummer \
         mobilnummer numerotelephone numerodetelephone msisdn whatsapp faxnumber телефон 电话 手机 手机号 \
         電話 電話番号 전화번호 puhelin telefoonnummer telefoon",
    ),
    (Class::Phone, Likely, "tel mobile fax cell mobil contactnumber portable gsm"),
    (Class::Iban, Certain, "iban ibannumber ibanno bankiban"),
    (
        Class::Card,
        Certain,
        "cardnumber cardno cardnum creditcard creditcardnumber ccnumber ccnum ccno debitcard \
         debitcardnumber paymentcard kreditkarte kreditkartennummer numerotarjeta numerocarte \
         tarjetacredito cartebancaire primaryaccountnumber",
    ),
    (Class::Card, Likely, "pan card tarjeta cc"),
    (
        Class::Ip,
        Certain,
        "ip ipaddress ipaddr ipv4 ipv6 clientip remoteip remoteaddr remoteaddress sourceip loginip \
         userip xforwardedfor hostip ipadresse direccionip adresseip",
    ),
    (Class::Ip, Likely, "clientaddr clientaddress inet"),
    (Class::Ssn, Certain, "ssn socialsecurity socialsecuritynumber socialsecurityno ssnumber socsec"),
    (
        Class::Token,
        Certain,
        "token accesstoken refreshtoken authtoken apitoken apikey apikeys accesskey accesskeyid \
         sessiontoken sessionkey sessionid csrftoken resettoken bearer bearertoken jwt webhooksecret \
         otp otpcode verificationcode recoverycode recoverycodes backupcodes authcode devicetoken \
         pushtoken invitetoken confirmationtoken magiclink",
    ),
    (Class::Token, Likely, "session cookie credential credentials nonce"),
    (
        Class::Secret,
        Certain,
        "password passwd pwd passwordhash passwordsalt passphrase passcode secret secrets \
         clientsecret secretkey privatekey encryptionkey signingkey mfasecret totpsecret passwort \
         kennwort motdepasse mdp contrasena contraseña clave senha wachtwoord parola haslo hasło \
         пароль 密码 パスワード 비밀번호 cvv cvc cvv2 securitycode securityanswer pincode pinnumber",
    ),
    (Class::Secret, Likely, "pass pin salt"),
    (
        Class::PersonName,
        Certain,
        "firstname lastname fullname middlename surname familyname givenname maidenname forename \
         fname lname personname contactname customername patientname employeename cardholder \
         cardholdername accountholder vorname nachname familienname geburtsname prenom prénom \
         nomdefamille apellido apellidos nombrecompleto primernombre cognome sobrenome nomecompleto \
         voornaam achternaam imie nazwisko имя фамилия отчество 姓名 氏名 이름 etunimi sukunimi fornamn \
         efternamn fornavn etternavn",
    ),
    (Class::PersonName, Likely, "nom nombre displayname realname signatory beneficiary"),
    (
        Class::Address,
        Certain,
        "streetaddress homeaddress postaladdress mailingaddress billingaddress shippingaddress \
         deliveryaddress residentialaddress addressline addressline1 addressline2 address1 address2 \
         street streetname strasse straße hausnummer anschrift direccion dirección domicilio \
         indirizzo endereco endereço адрес 地址 住所 주소 calle rue",
    ),
    (Class::Address, Likely, "address addr adresse adres"),
    (
        Class::BirthDate,
        Certain,
        "dob birthdate dateofbirth birthday birthdt bdate geburtsdatum geburtstag datenaissance \
         datedenaissance fechanacimiento fechadenacimiento datadinascita datanascita datanascimento \
         datadenascimento geboortedatum dataurodzenia датарождения 出生日期 生年月日 생년월일",
    ),
    (Class::BirthDate, Likely, "birth born bornon birthyear"),
    (
        Class::NationalId,
        Certain,
        "nationalid nationalidnumber nationalinsurancenumber nino personalid personnummer passport \
         passportnumber passportno driverslicense driverlicense drivinglicence licensenumber taxid \
         taxnumber taxpayerid tin itin vatid cpf cnpj rfc curp dni nie nif rut bsn pesel inn snils \
         aadhaar aadhar pancard sozialversicherungsnummer steuernummer steuerid ausweisnummer \
         personalausweis codicefiscale numerosecuritesociale burgerservicenummer 身份证 身份证号 nhsnumber \
         medicarenumber idcard idcardnumber identitycard",
    ),
    (Class::NationalId, Likely, "reisepass passeport pasaporte nir identification"),
];

/// Last words of names that speak about a value, and do not hold it.
const ABOUT: &str = "id ids count verified confirmed at on status type kind sent enabled flag valid is template \
    subject body provider domain country format length len limit limits policy changed expires \
    expiry expired optin optout required version total num rate cost usage attempts reset updated \
    created index order position label category reason preference preferences frequency score hits \
    time date ts";
const ABOUT_FIRST: &str = "is has num count max min total can allow require requires needs use n";
/// Words that take a following `address`, `card`, `token`, `name` or `pin` away from people.
const OTHER_THINGS: &str =
    "memory contract wallet mac hardware bus register graphics sound network score report punch story";

/// Words of columns with numbers that identify or measure things.
const PLAIN: &str = "id uuid guid key sku order invoice ean isbn upc gtin serial batch lot tracking hash checksum \
    digest sha sha1 sha256 md5 etag commit version timestamp date time at ts price amount total qty \
    quantity cost balance latitude longitude lat lon lng coordinates geom position weight height \
    size bytes count score ratio percent rate duration ms number reference ref code product part \
    article barcode";
const VERSION: &str = "version ver release build firmware revision";

/// The class that the name of a column says, if it says one.
pub fn class_of_name(name: &str) -> Option<Class> {
    named(name).map(|named| named.class)
}

/// The same, with how sure it is.
pub fn named(name: &str) -> Option<Named> {
    let words = words(name);
    if words.first().is_some_and(|first| words.len() > 1 && has(ABOUT_FIRST, first)) {
        return None;
    }
    let mut best: Option<(usize, usize, Named)> = None;
    for end in 1..=words.len() {
        for start in end.saturating_sub(4)..end {
            let joined = words[start..end].concat();
            let Some(named) = known(&joined) else { continue };
            let taken = words[..start].iter().any(|word| has(OTHER_THINGS, word));
            let about = words[end..].iter().any(|word| has(ABOUT, word));
            let better = best.is_none_or(|(length, _, _)| joined.len() >= length);
            if better && !(taken && named.certainty == Likely) && !about {
                best = Some((joined.len(), end, named));
            }
        }
    }
    best.map(|(_, _, named)| named)
}

/// What the detectors make of a name.
pub(super) fn hint(name: &str) -> Hint {
    if let Some(class) = class_of_name(name) {
        return Hint::Of(class);
    }
    let words = words(name);
    let any = |known: &str| words.iter().any(|word| has(known, word));
    match () {
        () if any(VERSION) => Hint::Version,
        () if any(PLAIN) => Hint::Plain,
        () => Hint::Open,
    }
}

/// Whether it is one of the words of a list.
fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

fn known(joined: &str) -> Option<Named> {
    KNOWN
        .iter()
        .find(|(_, _, words)| has(words, joined))
        .map(|(class, certainty, _)| Named { class: *class, certainty: *certainty })
}

/// Cut at signs, at capitals behind small letters, and in front of the last capital of several (`userIPAddress`).
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().take(128).collect();
    let mut words = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|before| letters[before]);
        let rises = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase()
                        && letters.get(at + 1).is_some_and(|after| after.is_lowercase()))
            });
        if rises {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        for (name, class) in [
            ("email", Class::Email),
            ("customerEmail", Class::Email),
            ("CONTACT_E_MAIL", Class::Email),
            ("billing email address", Class::Email),
            ("correo_electronico", Class::Email),
            ("home_phone", Class::Phone),
            ("telefonnummer", Class::Phone),
            ("mobile", Class::Phone),
            ("iban", Class::Iban),
            ("credit_card_number", Class::Card),
            ("pan", Class::Card),
            ("userIPAddress", Class::Ip),
            ("last_login_ip", Class::Ip),
            ("ssn", Class::Ssn),
            ("api_key", Class::Token),
            ("refresh_token", Class::Token),
            ("session_id", Class::Token),
            ("password_hash", Class::Secret),
            ("client_secret", Class::Secret),
            ("first_name", Class::PersonName),
            ("Nachname", Class::PersonName),
            ("shipping_address", Class::Address),
            ("address", Class::Address),
            ("date_of_birth", Class::BirthDate),
            ("dob", Class::BirthDate),
            ("passport_no", Class::NationalId),
            ("姓名", Class::PersonName),
        ] {
            assert_eq!(class_of_name(name), Some(class), "{name}");
        }
    }

    #[test]
    fn names_about_a_value_are_silent() {
        for name in [
            "id",
            "customer_id",
            "uuid",
            "email_verified",
            "email_sent_at",
            "phone_type",
            "address_id",
            "is_email_confirmed",
            "token_count",
            "max_tokens",
            "mac_address",
            "wallet_address",
            "password_changed_at",
            "product_name",
            "company",
            "panel",
            "mailbox_size",
            "description",
            "has_phone",
            "scorecard",
            "shipping_cost",
            "telemetry",
            "name",
            "expand",
            "compass",
            "spinner",
            "ship_date",
        ] {
            assert_eq!(class_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn words_with_other_uses_are_only_likely() {
        assert_eq!(named("address").map(|named| named.certainty), Some(Likely));
        assert_eq!(named("street_address").map(|named| named.certainty), Some(Certain));
    }
}
