//! Authorities and the certificates they sign.

use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, PKCS_RSA_SHA384, date_time_ymd,
};

/// What keys are, and what signs with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    EcdsaSha256,
    EcdsaSha384,
    Ed25519,
    RsaSha256,
    RsaSha384,
}

impl Algorithm {
    fn key(self) -> KeyPair {
        match self {
            Self::EcdsaSha256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::EcdsaSha384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => KeyPair::from_pem_and_sign_algo(&openssl_key(&["ED25519"]), &PKCS_ED25519),
            Self::RsaSha256 => KeyPair::from_pem_and_sign_algo(&openssl_key(RSA), &PKCS_RSA_SHA256),
            Self::RsaSha384 => KeyPair::from_pem_and_sign_algo(&openssl_key(RSA), &PKCS_RSA_SHA384),
        }
        .unwrap()
    }
}

const RSA: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// RSA keys the certificate crate cannot make, and its Ed25519 keys OpenSSL cannot read.
fn openssl_key(kind: &[&str]) -> String {
    let made = Command::new("openssl").args(["genpkey", "-algorithm"]).args(kind).output();
    let made = made.expect("openssl makes some of the keys: install it");
    assert!(made.status.success());
    String::from_utf8(made.stdout).unwrap()
}

/// A certificate with its key, both as PEM.
#[derive(Clone)]
pub struct Certified {
    pub certificate: String,
    pub key: String,
}

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    algorithm: Algorithm,
    pub certificate: String,
}

impl Authority {
    pub fn new(name: &str, algorithm: Algorithm) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = algorithm.key();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), algorithm, certificate }
    }

    /// A certificate for these hosts, or with these common names for a client.
    pub fn sign(&self, common_name: &str, hosts: &[&str]) -> Certified {
        self.sign_until(common_name, hosts, 2100)
    }

    /// One that was good once.
    pub fn sign_expired(&self, common_name: &str, hosts: &[&str]) -> Certified {
        self.sign_until(common_name, hosts, 2020)
    }

    fn sign_until(&self, common_name: &str, hosts: &[&str], year: i32) -> Certified {
        let mut params =
            CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = self.algorithm.key();
        Certified {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// What `openssl req -x509` makes: its own authority, and a server's certificate all the same.
pub fn self_signed(host: &str) -> Certified {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = Algorithm::EcdsaSha256.key();
    Certified { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}
