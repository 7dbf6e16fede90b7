//! Private clusters, with real servers and real processes that are really killed.
//!
//! This executable plays three parts: the tests, the watchdog of their clusters, and other users of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use pgwright_postgres::cluster::{Cluster, ClusterError, ClusterOptions, Kind, watchdog};
use rustix::process::{Pid, Signal, kill_process};

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("a_temporary_cluster_answers_and_leaves_nothing", a_temporary_cluster_answers_and_leaves_nothing),
    ("shared_data_stay", shared_data_stay),
    ("processes_that_start_together_share_one_server", processes_that_start_together_share_one_server),
    ("tasks_that_start_together_share_one_server", tasks_that_start_together_share_one_server),
    ("a_cluster_is_handed_from_user_to_user", a_cluster_is_handed_from_user_to_user),
    ("a_killed_user_leaves_no_server", a_killed_user_leaves_no_server),
    (
        "a_user_that_is_killed_while_starting_leaves_no_server",
        a_user_that_is_killed_while_starting_leaves_no_server,
    ),
    ("a_server_outlives_its_starter_while_others_use_it", a_server_outlives_its_starter_while_others_use_it),
    ("a_new_start_works_after_the_watchdog_was_killed", a_new_start_works_after_the_watchdog_was_killed),
    ("a_new_start_works_after_everything_was_killed", a_new_start_works_after_everything_was_killed),
    ("a_new_start_works_after_the_server_was_killed", a_new_start_works_after_the_server_was_killed),
    (
        "an_ownerless_temporary_cluster_is_removed_by_the_next",
        an_ownerless_temporary_cluster_is_removed_by_the_next,
    ),
    ("a_watchdog_that_is_asked_to_end_stops_the_server", a_watchdog_that_is_asked_to_end_stops_the_server),
    ("root_hands_the_server_to_another_user", root_hands_the_server_to_another_user),
    ("a_wanted_version_is_fetched_and_runs", a_wanted_version_is_fetched_and_runs),
    ("the_version_of_existing_data_decides", the_version_of_existing_data_decides),
    ("a_directory_with_other_files_is_never_taken", a_directory_with_other_files_is_never_taken),
    ("a_server_that_does_not_start_says_why", a_server_that_does_not_start_says_why),
    ("a_path_too_long_for_a_socket_works", a_path_too_long_for_a_socket_works),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(watchdog::SUBCOMMAND) => watchdog::run(watchdog::Options::from_arg(&arguments[1]).unwrap()),
        Some("--user") => play_user(Path::new(&arguments[1])),
        _ if std::env::var_os("PGWRIGHT_CACHE_DIR").is_none() => with_own_places(&arguments),
        _ => run_tests(&arguments),
    }
}

/// Templates and packages of tests are kept apart from the user's, and kept, since they are slow to make.
/// Temporary clusters get a directory of their own: tests must not sweep up another run's.
fn with_own_places(arguments: &[String]) -> ExitCode {
    let temporary = directory();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(arguments)
        .env("PGWRIGHT_CACHE_DIR", std::env::temp_dir().join("pgwright-test-cache"))
        .env("TMPDIR", temporary.path())
        .status()
        .unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Root alone can hand the server to another user.
const NEEDS_ROOT: &[&str] = &["root_hands_the_server_to_another_user"];

fn run_tests(arguments: &[String]) -> ExitCode {
    let filter = arguments.iter().find(|argument| !argument.starts_with("--"));
    let wanted = |(name, _): &&Test| filter.is_none_or(|filter| name.contains(filter.as_str()));
    if arguments.iter().any(|argument| argument == "--list") {
        TESTS.iter().filter(wanted).for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, test) in TESTS.iter().filter(wanted) {
        if NEEDS_ROOT.contains(name) && !rustix::process::geteuid().is_root() {
            skipped += 1;
            println!("test {name} ... ignored, needs root");
            continue;
        }
        let began = Instant::now();
        let verdict = match std::panic::catch_unwind(test) {
            Ok(()) => {
                passed += 1;
                "ok"
            }
            Err(_) => {
                failed += 1;
                "FAILED"
            }
        };
        println!("test {name} ... {verdict} ({} ms)", began.elapsed().as_millis());
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {verdict}. {passed} passed; {failed} failed; {skipped} ignored");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// ---- the part of another user: starts or joins a shared cluster, says so, and stays until its input ends

fn play_user(directory: &Path) -> ExitCode {
    block_on(async {
        let cluster = Cluster::start(shared(directory)).await.unwrap();
        println!("{} {}", cluster.server_pid(), cluster.watchdog_pid());
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
        cluster.stop().await.unwrap();
    });
    ExitCode::SUCCESS
}

struct User {
    process: Child,
    server_pid: i32,
    watchdog_pid: i32,
}

impl User {
    fn spawn(directory: &Path) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .arg("--user")
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn ready(mut process: Child) -> User {
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let pids: Vec<i32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        User { process, server_pid: pids[0], watchdog_pid: pids[1] }
    }

    fn start(directory: &Path) -> User {
        User::ready(User::spawn(directory))
    }

    /// Ends it as a user would; it waits for the server if it was the last.
    fn leave(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

// ---- what the tests speak of

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
    directory
}

fn temporary() -> ClusterOptions {
    ClusterOptions::new(Kind::Temporary, std::env::current_exe().unwrap())
}

fn shared(directory: &Path) -> ClusterOptions {
    let data_dir = Some(directory.join("cluster"));
    ClusterOptions { data_dir, ..ClusterOptions::new(Kind::Shared, std::env::current_exe().unwrap()) }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

async fn connect(cluster: &Cluster) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(&cluster.dsn("postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn answer(cluster: &Cluster, sql: &str) -> String {
    connect(cluster).await.query_one(sql, &[]).await.unwrap().get(0)
}

/// A zombie doesn't count: it may wait for a parent that never reaps.
fn is_alive(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// Every process whose working directory is a cluster's data directory: its server and all backends.
fn servers_of(data: &Path) -> BTreeSet<i32> {
    let data = fs::canonicalize(data).unwrap_or(data.to_owned());
    let pids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data)).collect()
}

/// The third field after the name, which stands in parentheses.
fn process_group(pid: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(2).unwrap().parse().unwrap()
}

fn open_files(pid: i32) -> Vec<PathBuf> {
    let files: Vec<PathBuf> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|file| fs::read_link(file.unwrap().path()).ok())
        .collect();
    assert!(files.iter().any(|file| file.ends_with("server.log")), "this sees the server's files: {files:?}");
    files
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn kill_hard(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    until("the process is gone", || !is_alive(pid));
}

fn entries(directory: &Path) -> BTreeSet<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn assert_at_rest(directory: &Path) {
    let cluster = directory.join("cluster");
    assert_eq!(servers_of(&cluster.join("data")), BTreeSet::new());
    let left: BTreeSet<String> = ["data", "lock", "users", "server.log"].map(String::from).into();
    assert_eq!(entries(&cluster), left);
    assert!(!cluster.join("data/postmaster.pid").exists(), "the server was stopped, not lost");
}

// ---- the tests

fn a_temporary_cluster_answers_and_leaves_nothing() {
    block_on(async {
        let before = entries(&std::env::temp_dir());
        let cluster = Cluster::start(temporary()).await.unwrap();
        let client = connect(&cluster).await;
        for (setting, value) in [
            ("listen_addresses", ""),
            ("fsync", "off"),
            ("timezone", "UTC"),
            ("data_checksums", "off"),
            ("server_encoding", "UTF8"),
            ("data_directory", cluster.data_dir().to_str().unwrap()),
        ] {
            let shown: String = client.query_one(&format!("show {setting}"), &[]).await.unwrap().get(0);
            assert_eq!(shown, value, "{setting}");
        }
        client
            .batch_execute("create extension pg_stat_statements; select count(*) from pg_stat_statements")
            .await
            .unwrap();
        let version: String = client.query_one("show server_version", &[]).await.unwrap().get(0);
        assert!(version.starts_with(&cluster.binaries().version), "{version}");
        drop(client);

        let (data, pids) = (cluster.data_dir().to_owned(), [cluster.server_pid(), cluster.watchdog_pid()]);
        assert!(servers_of(&data).contains(&pids[0]));
        assert_eq!(process_group(pids[1]), pids[1], "Ctrl-C in a terminal doesn't reach the watchdog");
        let inherited =
            open_files(pids[0]).into_iter().filter(|file| file.ends_with("lock") || file.ends_with("users"));
        assert_eq!(inherited.count(), 0, "the server must not count as a user, nor hold the lock");
        assert_eq!(fs::metadata(cluster.socket_dir()).unwrap().mode() & 0o777, 0o700);
        cluster.stop().await.unwrap();
        assert_eq!(pids.map(is_alive), [false, false]);
        assert_eq!(servers_of(&data), BTreeSet::new());
        assert_eq!(entries(&std::env::temp_dir()), before);
    });
}

fn shared_data_stay() {
    let directory = directory();
    block_on(async {
        let cluster = Cluster::start(shared(directory.path())).await.unwrap();
        assert_eq!(answer(&cluster, "show fsync").await, "on");
        connect(&cluster)
            .await
            .batch_execute("create table kept as select 'still here' as word")
            .await
            .unwrap();
        cluster.stop().await.unwrap();
        assert_at_rest(directory.path());

        let cluster = Cluster::start(shared(directory.path())).await.unwrap();
        assert_eq!(answer(&cluster, "select word from kept").await, "still here");
        cluster.stop().await.unwrap();
        assert_at_rest(directory.path());
    });
}

fn processes_that_start_together_share_one_server() {
    let directory = directory();
    let users: Vec<Child> = (0..6).map(|_| User::spawn(directory.path())).collect();
    let users: Vec<User> = users.into_iter().map(User::ready).collect();
    let servers: BTreeSet<i32> = users.iter().map(|user| user.server_pid).collect();
    assert_eq!(servers.len(), 1);
    let server = users[0].server_pid;
    let mut users = users.into_iter();
    let last = users.next_back().unwrap();
    users.for_each(User::leave);
    assert!(is_alive(server), "one user is left");
    last.leave();
    until("the server is gone", || !is_alive(server));
    assert_at_rest(directory.path());
}

fn tasks_that_start_together_share_one_server() {
    let directory = directory();
    block_on(async {
        let start = || Cluster::start(shared(directory.path()));
        let (one, other) = tokio::join!(start(), start());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.server_pid(), other.server_pid());
        one.stop().await.unwrap();
        assert_eq!(answer(&other, "select 'yes'").await, "yes");
        other.stop().await.unwrap();
        assert_at_rest(directory.path());
    });
}

/// Each round is a race of one user's joining against the last one's leaving.
fn a_cluster_is_handed_from_user_to_user() {
    let directory = directory();
    block_on(async {
        let mut held = Cluster::start(shared(directory.path())).await.unwrap();
        for _ in 0..25 {
            let (left, joined) = tokio::join!(held.stop(), Cluster::start(shared(directory.path())));
            left.unwrap();
            held = joined.unwrap();
            assert_eq!(answer(&held, "select 'yes'").await, "yes");
        }
        held.stop().await.unwrap();
    });
    assert_at_rest(directory.path());
}

fn a_killed_user_leaves_no_server() {
    let directory = directory();
    let user = User::start(directory.path());
    let (server, watchdog) = (user.server_pid, user.watchdog_pid);
    assert!(is_alive(server) && is_alive(watchdog));
    user.kill();
    until("the server and its watchdog are gone", || !is_alive(server) && !is_alive(watchdog));
    assert_at_rest(directory.path());
}

fn a_user_that_is_killed_while_starting_leaves_no_server() {
    // The kill comes as soon as the start has got as far as this file.
    for sign in ["lock", "users", "data.unfinished", "data", "data/postmaster.pid", "run", "running.json"] {
        let directory = directory();
        let mut user = User::spawn(directory.path());
        let file = directory.path().join("cluster").join(sign);
        let started = directory.path().join("cluster/running.json");
        until(sign, || file.exists() || started.exists());
        user.kill().unwrap();
        user.wait().unwrap();
        block_on(async {
            let cluster = Cluster::start(shared(directory.path())).await.unwrap();
            assert_eq!(answer(&cluster, "select 'yes'").await, "yes");
            let data = cluster.data_dir().to_owned();
            cluster.stop().await.unwrap();
            until("no server is left", || servers_of(&data).is_empty());
        });
        assert_at_rest(directory.path());
    }
}

fn a_server_outlives_its_starter_while_others_use_it() {
    let directory = directory();
    let starter = User::start(directory.path());
    let other = User::start(directory.path());
    let server = other.server_pid;
    assert_eq!(starter.server_pid, server);
    starter.kill();
    block_on(async {
        let third = Cluster::start(shared(directory.path())).await.unwrap();
        assert_eq!(third.server_pid(), server);
        other.kill();
        assert_eq!(answer(&third, "select 'yes'").await, "yes");
        third.stop().await.unwrap();
    });
    until("the server is gone", || !is_alive(server));
    assert_at_rest(directory.path());
}

fn a_new_start_works_after_the_watchdog_was_killed() {
    let directory = directory();
    block_on(async {
        let old = Cluster::start(shared(directory.path())).await.unwrap();
        connect(&old).await.batch_execute("create table kept as select 'still here' as word").await.unwrap();
        kill_hard(old.watchdog_pid());
        let orphan = old.server_pid();
        assert!(is_alive(orphan));

        let new = Cluster::start(shared(directory.path())).await.unwrap();
        assert_ne!(new.server_pid(), orphan);
        assert!(!is_alive(orphan), "two servers on one directory");
        assert_eq!(answer(&new, "select word from kept").await, "still here");
        // Whoever used the old server counts as a user of the new one, and finds it in the same place.
        new.stop().await.unwrap();
        assert_eq!(answer(&old, "select word from kept").await, "still here");
        old.stop().await.unwrap();
    });
    assert_at_rest(directory.path());
}

fn a_new_start_works_after_everything_was_killed() {
    let directory = directory();
    let user = User::start(directory.path());
    kill_hard(user.watchdog_pid);
    kill_hard(user.server_pid);
    user.kill();
    shared_cluster_works(directory.path());
}

fn a_new_start_works_after_the_server_was_killed() {
    let directory = directory();
    let user = User::start(directory.path());
    kill_hard(user.server_pid);
    shared_cluster_works(directory.path());
    user.kill();
}

fn shared_cluster_works(directory: &Path) {
    block_on(async {
        let cluster = Cluster::start(shared(directory)).await.unwrap();
        assert_eq!(answer(&cluster, "select 'yes'").await, "yes");
    });
}

fn an_ownerless_temporary_cluster_is_removed_by_the_next() {
    block_on(async {
        let before = entries(&std::env::temp_dir());
        let lost = Cluster::start(temporary()).await.unwrap();
        let (server, data) = (lost.server_pid(), lost.data_dir().to_owned());
        kill_hard(lost.watchdog_pid());

        let used_still = Cluster::start(temporary()).await.unwrap();
        assert!(is_alive(server), "it still has a user");
        used_still.stop().await.unwrap();
        drop(lost);

        let next = Cluster::start(temporary()).await.unwrap();
        assert!(!is_alive(server));
        assert!(!data.exists());
        next.stop().await.unwrap();
        assert_eq!(entries(&std::env::temp_dir()), before);
    });
}

fn a_watchdog_that_is_asked_to_end_stops_the_server() {
    let directory = directory();
    let user = User::start(directory.path());
    kill_process(Pid::from_raw(user.watchdog_pid).unwrap(), Signal::TERM).unwrap();
    until("both are gone", || !is_alive(user.server_pid) && !is_alive(user.watchdog_pid));
    assert_at_rest(directory.path());
    user.leave();
}

fn root_hands_the_server_to_another_user() {
    let directory = directory();
    block_on(async {
        let cluster = Cluster::start(shared(directory.path())).await.unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", cluster.server_pid())).unwrap();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        assert!(!field("Uid:").split_whitespace().any(|uid| uid == "0"), "{status}");
        assert_eq!(field("Groups:").trim(), "", "root's groups are dropped");
        let data = fs::metadata(cluster.data_dir()).unwrap();
        assert_eq!(data.mode() & 0o777, 0o700);
        assert_ne!(data.uid(), 0);
        let home = fs::metadata(directory.path().join("cluster")).unwrap();
        assert_eq!(
            (home.uid(), home.mode() & 0o777),
            (0, 0o711),
            "passed through, not written to, by the server"
        );
        cluster.stop().await.unwrap();
    });

    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let closed = directory.path().to_owned();
    let error = block_on(Cluster::start(shared(&closed))).unwrap_err();
    assert!(
        matches!(&error, ClusterError::Unreachable { blocked_at, .. } if *blocked_at == closed),
        "{error}"
    );
}

fn a_wanted_version_is_fetched_and_runs() {
    block_on(async {
        let cluster = Cluster::start(ClusterOptions { major: Some(16), ..temporary() }).await.unwrap();
        assert!(answer(&cluster, "show server_version").await.starts_with("16."));
        cluster.stop().await.unwrap();

        let error = Cluster::start(ClusterOptions { major: Some(99), ..temporary() }).await.unwrap_err();
        assert!(matches!(error, ClusterError::NoBinaries { wanted: Some(99), .. }), "{error}");
    });
}

fn the_version_of_existing_data_decides() {
    let directory = directory();
    let sixteen = || ClusterOptions { major: Some(16), ..shared(directory.path()) };
    block_on(async {
        Cluster::start(sixteen()).await.unwrap().stop().await.unwrap();
        let same = Cluster::start(shared(directory.path())).await.unwrap();
        assert_eq!(same.binaries().major, 16, "the data are of version 16, whatever else is installed");

        let joined = Cluster::start(ClusterOptions { major: Some(18), ..shared(directory.path()) }).await;
        assert!(matches!(joined, Err(ClusterError::OtherMajor { found: 16, wanted: 18, .. })));
        same.stop().await.unwrap();
        let started = Cluster::start(ClusterOptions { major: Some(18), ..shared(directory.path()) }).await;
        assert!(matches!(started, Err(ClusterError::OtherMajor { found: 16, wanted: 18, .. })));
    });
}

fn a_directory_with_other_files_is_never_taken() {
    let directory = directory();
    let precious = directory.path().join("precious");
    fs::File::create(&precious).unwrap().write_all(b"x").unwrap();
    let mode = fs::metadata(directory.path()).unwrap().mode();
    for kind in [Kind::Shared, Kind::Temporary] {
        let data_dir = Some(directory.path().to_owned());
        let error = block_on(Cluster::start(ClusterOptions { kind, data_dir, ..temporary() })).unwrap_err();
        assert!(matches!(error, ClusterError::NotEmpty { .. }), "{error}");
    }
    assert_eq!(entries(directory.path()), ["precious".to_owned()].into());
    assert_eq!(fs::metadata(directory.path()).unwrap().mode(), mode);
}

fn a_server_that_does_not_start_says_why() {
    let before = entries(&std::env::temp_dir());
    let settings = vec![("shared_preload_libraries".to_owned(), "no_such_library".to_owned())];
    let error = block_on(Cluster::start(ClusterOptions { settings, ..temporary() })).unwrap_err();
    assert!(error.to_string().contains("no_such_library"), "{error}");
    assert_eq!(entries(&std::env::temp_dir()), before);
}

fn a_path_too_long_for_a_socket_works() {
    let directory = directory();
    let long: PathBuf = directory.path().join("long".repeat(40));
    block_on(async {
        let cluster = Cluster::start(ClusterOptions { data_dir: Some(long), ..temporary() }).await.unwrap();
        assert_eq!(answer(&cluster, "select 'yes'").await, "yes");
        let socket_dir = cluster.socket_dir().to_owned();
        cluster.stop().await.unwrap();
        assert!(!socket_dir.exists());
    });
    assert!(entries(directory.path()).is_empty());
}
