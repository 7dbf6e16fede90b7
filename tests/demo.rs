//! `pgwright demo`: the story holds, and leaves nothing behind.

use crate::support::pgwright;

/// At a small scale, so that an unoptimised build tells it quickly; the README's scale is a bench.
#[tokio::test]
async fn every_claim_of_the_demo_holds() {
    let temporary = tempfile::tempdir().unwrap();
    std::fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output =
        pgwright(&["demo", "--scale", "0.05"]).env("TMPDIR", temporary.path()).output().await.unwrap();
    let transcript = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{transcript}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(transcript.contains("claims of this demo hold"), "{transcript}");
    assert!(!transcript.contains('\u{1b}'), "plain when piped");
    let left: Vec<_> =
        std::fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
