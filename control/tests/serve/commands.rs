//! `edgewise events`, beside a collector and without one.

use crate::{
    fixture::{batch, exposure, id},
    server::Place,
};
use edgewise_analysis::log::{Folder, verify};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

/// A place whose exposures 1 to 3 are sealed.
fn sealed() -> Place {
    let place = Place::new();
    let mut server = place.serve();
    let answer = server.connect().post("/v1/events", &batch((1..=3).map(exposure))).unwrap();
    assert_eq!(answer.status, 202);
    assert!(server.terminate().success());
    place
}

#[test]
fn stat_counts_beside_a_collector() {
    let place = sealed();
    let server = place.serve();
    let mut bad = exposure(5);
    bad["units"]["user"] = json!(42);
    server.connect().post("/v1/events", &batch([exposure(4), bad])).unwrap();
    let (code, printed, said) = place.events(&["stat", "--json"], "");
    assert_eq!((code, said.as_str()), (0, ""));
    let stat: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(stat["events"], 4);
    assert_eq!(stat["by_name"]["exposure"][""], 4);
    assert_eq!(stat["rejected"]["wrong_type"], 1);
    assert_eq!((&stat["sealed"]["files"], &stat["segments"]["files"]), (&json!(1), &json!(1)));
    assert_eq!(stat["rulesets"]["files"], 1);
    let (_, printed, _) = place.events(&["stat"], "");
    for word in ["exposure", "refused, wrong_type", "sealed segments", "KiB"] {
        assert!(printed.contains(word), "{word}: {printed}");
    }
}

#[test]
fn what_writes_is_refused_while_a_collector_has_the_folder() {
    let place = sealed();
    let _server = place.serve();
    for arguments in [&["compact"][..], &["import", "-"], &["erase", "--unit", "user=u_1"]] {
        let (code, _, said) = place.events(arguments, "");
        assert_eq!(code, 1, "{arguments:?}");
        assert!(said.contains("in use by another collector or command: stop that one"), "{said}");
    }
}

#[test]
fn compact_finishes_what_a_crash_left_and_gives_up_old_days() {
    let place = sealed();
    let mut server = place.serve();
    server.connect().post("/v1/events", &batch([exposure(2), exposure(4)])).unwrap();
    server.kill();
    let (code, printed, _) = place.events(&["compact", "--retain", "1d"], "");
    assert_eq!(code, 0);
    assert!(printed.contains("segment 2: 1 events compacted, 1 dropped that had come before"), "{printed}");
    assert_eq!(place.stored(), (1..=4).map(id).collect());

    let events = place.data().join("events");
    let day = Folder::new(place.data()).days().unwrap().into_values().next().unwrap();
    fs::rename(day, events.join("dt=2020-02-02")).unwrap();
    let (_, printed, _) = place.events(&["compact", "--retain", "90d"], "");
    assert!(printed.contains("2020-02-02: deleted, 2 segments"), "{printed}");
    assert_eq!(place.stored(), [].into());
    for (arguments, word) in
        [(&["compact", "--retain", "0d"][..], "such as 90d"), (&["compact", "--retain", "90"], "90d")]
    {
        let (code, _, said) = place.events(arguments, "");
        assert_eq!(code, 2);
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_collector_gives_up_old_days() {
    let place = sealed();
    let events = place.data().join("events");
    let day = Folder::new(place.data()).days().unwrap().into_values().next().unwrap();
    fs::rename(day, events.join("dt=2020-02-02")).unwrap();
    let mut command = place.command();
    command.args(["--retain", "90d"]);
    let server = crate::server::Server::start(command);
    server.heard("events of 2020-02-02 deleted: 1 segments");
    assert_eq!(place.stored(), [].into());
}

#[test]
fn export_and_import_take_events_from_folder_to_folder() {
    let (place, copy) = (sealed(), Place::new());
    let (code, exported, said) = place.events(&["export"], "");
    assert_eq!((code, said.as_str()), (0, "3 events"));
    let (code, printed, _) = copy.events(&["import", "-"], &exported);
    assert_eq!((code, printed.as_str()), (0, "3 events stored, 0 that were there already, 0 refused\n"));
    assert_eq!(copy.events(&["export"], "").1, exported);
    let (_, printed, _) = copy.events(&["import", "-"], &exported);
    assert_eq!(printed, "0 events stored, 3 that were there already, 0 refused\n");
    assert_eq!(copy.stored(), (1..=3).map(id).collect());

    let mixed = format!("{}\n\n{{\"id\":\"x\"}}\nno JSON\n{}\n", exposure(4), exposure(4));
    let file = copy.data().join("../plain.ndjson");
    fs::write(&file, mixed).unwrap();
    let (code, printed, said) = copy.events(&["import", file.to_str().unwrap()], "");
    assert_eq!((code, printed.as_str()), (1, "1 events stored, 1 that were there already, 2 refused\n"));
    assert!(said.contains("rejected.ndjson"), "{said}");
    let rejected = fs::read_to_string(copy.data().join("rejected.ndjson")).unwrap();
    assert_eq!(rejected.lines().count(), 2);

    let (code, printed, _) = copy.events(&["export", "--from", "2999-01-01"], "");
    assert_eq!((code, printed.as_str()), (0, ""));
    let parquet = copy.data().join("../export.parquet");
    let (code, ..) = copy.events(&["export", "--format", "parquet", "-o", parquet.to_str().unwrap()], "");
    assert_eq!(code, 0);
    assert_eq!(&fs::read(parquet).unwrap()[..4], b"PAR1");
}

#[test]
fn an_erased_unit_is_gone_and_every_root_holds() {
    let place = sealed();
    let folder = Folder::new(place.data());
    let before = folder.roots().unwrap();
    let (code, printed, _) = place.events(&["erase", "--unit", "user=u_2"], "");
    assert_eq!(code, 0);
    assert_eq!(printed, "erased 1 events in 1 files, and 0 lines of refused or unreadable events\n");
    assert_eq!(place.stored(), [id(1), id(3)].into());
    assert_eq!(folder.roots().unwrap(), before);
    for file in folder.parquet_files().unwrap().values() {
        verify(file).unwrap();
    }
    let (code, _, said) = place.events(&["erase", "--unit", "u_2"], "");
    assert_eq!(code, 2);
    assert!(said.contains("user=u_42"), "{said}");
}

#[test]
fn tail_prints_the_last_events_and_follows() {
    let place = sealed();
    let server = place.serve();
    let (code, printed, _) = place.events(&["tail", "-n", "2"], "");
    let ids: Vec<_> = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["id"].clone())
        .collect();
    assert_eq!((code, ids), (0, vec![json!(id(2)), json!(id(3))]));

    let mut follower = Command::new(env!("CARGO_BIN_EXE_edgewise"))
        .args(["events", "tail", "-n", "1", "--follow", "--data"])
        .arg(place.data())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains(&id(3)));
    server.connect().post("/v1/events", &batch([exposure(4)])).unwrap();
    assert!(lines.next().unwrap().contains(&id(4)));
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let place = Place::new();
    for arguments in [&["stat"][..], &["tail"], &["compact"], &["export"], &["erase", "--unit", "user=u"]] {
        let (code, _, said) = place.events(arguments, "");
        assert_eq!(code, 1, "{arguments:?}");
        assert!(said.contains("is not a data folder"), "{said}");
    }
}
