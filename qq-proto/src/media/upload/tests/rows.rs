//! A test for each row of the tables in ARCHITECTURE.md.

use super::*;

#[test]
fn a_url_is_fetched_by_the_platform() {
    let mut rig = Rig::new(limits(), Vec::new());
    rig.by_hand = true;
    rig.start(Job::url(Scene::C2c, "U/1", MediaKind::Image, "https://pic.example/?key=k"));
    let Some(UploadAction::Call { request, .. }) = rig.open.first() else { panic!("no call") };
    assert_eq!(request.path, "/v2/users/U%2F1/files");
    assert_eq!(
        core::str::from_utf8(request.body.as_bytes()).unwrap(),
        r#"{"file_type":1,"url":"https://pic.example/?key=k","srv_send_msg":false}"#
    );
    assert!(!format!("{:?} {:?}", rig.uploader, rig.open).contains("key"));
    // It could not fetch it, twice.
    rig.by_hand = false;
    rig.call_faults = vec![code(850_026), code(850_026)];
    let action = rig.open.remove(0);
    rig.carry_out(action);
    rig.pump();
    rig.run();
    assert_eq!(rig.end(), "done");
    assert_eq!(rig.log, ["/v2/users/U%2F1/files refused", "/v2/users/U%2F1/files refused", "files"]);
}

#[test]
fn a_small_file_travels_inside_one_request_and_is_known_the_second_time() {
    for size in [1, 2, 3, 4, 11, 30] {
        let mut rig = Rig::new(UploadLimits { inline: 30, ..limits() }, content(size));
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 1));
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done cached", 1));
        // Another scene is another world.
        rig.start(Job::file(Scene::C2c, "U", MediaKind::File, u64::try_from(size).unwrap()));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 2));
        // And it does not last.
        rig.now = 3_541_000;
        rig.start(job(size));
        assert_eq!((rig.end().as_str(), rig.log.len()), ("done", 3));
    }
}

#[test]
fn one_request_that_is_too_large_becomes_parts() {
    let mut rig = Rig::new(UploadLimits { inline: 30, ..limits() }, content(25));
    rig.call_faults = vec![refusal(413, "<html>too large</html>")];
    rig.start(job(25));
    assert_eq!(rig.end(), "done");
    assert_eq!(rig.log[0], "/v2/groups/G/files refused");
    assert_eq!(rig.log[1], "upload_prepare");
}

#[test]
fn a_file_goes_in_parts() {
    let mut rig = Rig::new(limits(), content(25));
    rig.start(job(25));
    assert_eq!(rig.end(), "done");
    let finish = "upload_part_finish";
    let mut log = rig.log.clone();
    assert_eq!((log.remove(0).as_str(), log.pop().unwrap().as_str()), ("upload_prepare", "files"));
    log.sort_unstable();
    assert_eq!(log, ["put 1", "put 2", "put 3", finish, finish, finish]);
}

#[test]
fn only_so_many_parts_are_under_way() {
    for (parallel, most) in [(1, 1), (2, 2), (9, 2)] {
        let mut rig = Rig::new(limits(), content(95));
        (rig.parallel, rig.by_hand) = (parallel, true);
        rig.start(job(95));
        while !rig.open.is_empty() {
            // Everything that is read or called is answered first, so that puts pile up.
            let next =
                rig.open.iter().position(|action| !matches!(action, UploadAction::Put { .. })).unwrap_or(0);
            let action = rig.open.remove(next);
            rig.carry_out(action);
            rig.pump();
        }
        assert_eq!((rig.end().as_str(), rig.most), ("done", most));
    }
}

#[test]
fn a_lost_part_is_put_again_and_not_for_ever() {
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(500), Err(TransportError::Broken), Ok(200), Err(TransportError::Timeout)];
    rig.start(job(25));
    rig.run();
    assert_eq!(rig.end(), "done");

    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(503); 99];
    rig.start(job(25));
    rig.run();
    assert_eq!(rig.end(), "failed: a part of the file could not be sent (status 503) (saved)");
}

#[test]
fn places_that_have_expired_are_asked_for_anew() {
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(403), Ok(200), Ok(403)];
    rig.start(job(25));
    rig.run();
    assert_eq!((rig.end().as_str(), rig.plans), ("done", 3));
    let mut rig = Rig::new(limits(), content(25));
    rig.put_faults = vec![Ok(403); 9];
    rig.start(job(25));
    assert_eq!(rig.end(), "failed: a part of the file could not be sent (status 403)");
    assert_eq!(rig.plans, 3);
}

#[test]
fn a_part_that_the_platform_is_not_ready_for_is_reported_again() {
    // Prepare is fine (the last is popped first).
    let mut rig = Rig::new(limits(), content(9));
    rig.by_hand = true;
    rig.start(job(9));
    let puts = |rig: &mut Rig| {
        while !rig.open.is_empty() {
            let action = rig.open.remove(0);
            if matches!(&action, UploadAction::Call { request, .. } if request.path.ends_with("part_finish"))
            {
                rig.call_faults.push(code(40_093_001));
            }
            rig.carry_out(action);
            rig.pump();
        }
    };
    puts(&mut rig);
    let begun = rig.now;
    let mut times = 1;
    while rig.events.is_empty() {
        let at = rig.uploader.next_deadline().unwrap().at;
        rig.wait_until(at);
        times += 1;
        puts(&mut rig);
    }
    // Every two seconds for ten, as the plan says; then it is given up, to be resumed.
    assert_eq!((times, rig.now - begun), (5, 8000));
    assert!(rig.end().ends_with("try again in a while (saved)"));
    assert_eq!(rig.log.iter().filter(|line| *line == "put 1").count(), 1);
}

#[test]
fn what_is_not_granted_is_not_asked_again() {
    for (fault, end) in [
        (
            code(11_253),
            "failed: the platform refused the upload: the platform answered with status 400, code 11253: a \
                        permission is missing: see the platform's console",
        ),
        (
            code(40_093_002),
            "failed: the platform refused the upload: the platform answered with status 400, code \
                            40093002: a quota is used up: wait until it resets",
        ),
        (
            CallError::Stopped,
            "failed: the platform refused the upload: the client was stopped before the call had its \
                              outcome",
        ),
    ] {
        let mut rig = Rig::new(limits(), content(25));
        rig.call_faults = vec![fault];
        rig.start(job(25));
        assert_eq!(rig.end(), end);
        assert_eq!(rig.log.len(), 1);
    }
    // A passing failure is tried four times in all.
    let mut rig = Rig::new(limits(), content(25));
    rig.call_faults = vec![CallError::TimedOut { sent: false }; 9];
    rig.start(job(25));
    rig.run();
    assert!(rig.end().starts_with("failed: the platform refused the upload: the call was given up"));
    assert_eq!(rig.call_faults.len(), 5);
}

#[test]
fn files_are_checked_before_anything_is_sent() {
    let mut rig = Rig::new(limits(), b"ID3\x04 no silk at all".to_vec());
    rig.start(Job::file(Scene::C2c, "U", MediaKind::Voice, 19));
    assert_eq!(
        rig.end(),
        "failed: voice has to be SILK and this is MP3: convert it to SILK (mono, 24 kHz), or send it as a file"
    );
    assert!(rig.log.is_empty());
    let refused = rig.uploader.start(ms(0), Job::file(Scene::Channel, "C", MediaKind::File, 1)).unwrap_err();
    assert_eq!(refused.why, UploadWhy::Unfit(Unfit::Scene));
    let mut rig = Rig::new(UploadLimits { uploads: 1, ..limits() }, content(25));
    rig.by_hand = true;
    rig.start(job(25));
    assert_eq!(rig.uploader.start(ms(0), job(25)).unwrap_err().why, UploadWhy::Full);
}

#[test]
fn a_file_that_cannot_be_read_fails() {
    // Shorter than was said.
    let mut rig = Rig::new(limits(), content(20));
    rig.start(job(25));
    assert_eq!(rig.end(), "failed: the file could not be read, or is shorter than was said");
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    let Some(UploadAction::Read { step, .. }) = rig.open.pop() else { panic!("no read") };
    rig.uploader.handle(ms(0), UploadInput::Bytes { step, bytes: &[] });
    rig.pump();
    assert_eq!(rig.end(), "failed: the file could not be read, or is shorter than was said");
    // The embedder never answers.
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    rig.run();
    assert_eq!((rig.end().starts_with("failed: the file could not"), rig.now), (true, 60_000));
}

#[test]
fn a_plan_that_cannot_be_followed_fails() {
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    while let Some(action) = (!rig.open.is_empty()).then(|| rig.open.remove(0)) {
        if let UploadAction::Call { step, .. } = action {
            rig.uploader.handle(ms(0), UploadInput::Reply { step, result: Ok(Bytes::from_static(b"{}")) });
        } else {
            rig.carry_out(action);
        }
        rig.pump();
    }
    assert_eq!(rig.end(), "failed: the platform's plan for the parts cannot be followed");
}

#[test]
fn it_can_be_cancelled_at_every_step() {
    for steps in 0..40 {
        let mut rig = Rig::new(limits(), content(25));
        rig.by_hand = true;
        let id = rig.start(job(25));
        for _ in 0..steps {
            if !rig.open.is_empty() {
                let action = rig.open.remove(0);
                rig.carry_out(action);
                rig.pump();
            }
        }
        if rig.uploader.is_empty() {
            assert_eq!(rig.end(), "done");
            continue;
        }
        let open = core::mem::take(&mut rig.open);
        rig.uploader.cancel(ms(0), id);
        rig.pump();
        // Every open step is abandoned.
        assert_eq!(rig.open.len(), open.len(), "after {steps}");
        assert!(rig.open.iter().all(|action| matches!(action, UploadAction::Abandon { .. })));
        while let Some(action) = rig.open.pop() {
            rig.carry_out(action);
        }
        assert!(rig.end().starts_with("failed: the upload was cancelled"));
        // Late words change nothing.
        for action in open {
            rig.carry_out(action);
        }
        assert!(rig.uploader.poll_output().is_none() && rig.uploader.next_deadline().is_none());
        assert_eq!(rig.uploader.desk.steps.len(), 0);
    }
}

#[test]
fn it_is_given_up_at_its_deadline() {
    let mut rig = Rig::new(UploadLimits { time: Duration::from_secs(100), ..limits() }, content(25));
    rig.put_faults = vec![Err(TransportError::Timeout); 2];
    rig.by_hand = true;
    rig.start(job(25));
    for _ in 0..30 {
        if let Some(at) = rig.open.iter().position(|action| !matches!(action, UploadAction::Put { .. })) {
            let action = rig.open.remove(at);
            rig.carry_out(action);
            rig.pump();
        }
    }
    rig.run();
    rig.putting.clear();
    assert_eq!((rig.end().as_str(), rig.now), ("failed: the upload took too long (saved)", 100_000));
}

#[test]
fn an_interrupted_upload_goes_on_where_it_was() {
    let mut rig = Rig::new(limits(), content(35));
    rig.by_hand = true;
    let id = rig.start(job(35));
    assert!(rig.uploader.save(id).is_none());
    while rig.reported.len() < 2 {
        let action = rig.open.remove(0);
        rig.carry_out(action);
        rig.pump();
    }
    let saved = rig.uploader.save(id).unwrap();
    assert_eq!(saved.progress(), (2, 4));
    let text = serde_json::to_string(&saved).unwrap();
    let debug = format!("{saved:?}");
    assert!(!debug.contains("store.example"), "{debug}");
    let stored = || serde_json::from_str::<SavedUpload>(&text).unwrap();

    // A new process: the platform's side stays as it is.
    rig.uploader = Uploader::new(limits(), 2);
    rig.open.clear();
    rig.putting.clear();
    (rig.by_hand, rig.steps, rig.log) = (false, BTreeSet::new(), Vec::new());
    let id = rig.uploader.resume(ms(rig.now), stored(), 35).unwrap();
    assert!(rig.uploader.save(id).is_some());
    rig.pump();
    assert_eq!(rig.end(), "done");
    let puts = rig.log.iter().filter(|line| line.starts_with("put")).count();
    assert!(puts <= 2 && !rig.log.contains(&"upload_prepare".to_string()), "{:?}", rig.log);

    // Another file, of another size or of the same.
    assert!(matches!(rig.uploader.resume(ms(0), stored(), 36), Err(ResumeError::Changed)));
    let mut other = Rig::new(limits(), vec![1; 35]);
    other.uploader.resume(ms(0), stored(), 35).unwrap();
    other.pump();
    assert_eq!(other.end(), "failed: the file has changed since the upload was begun");
    // Damaged.
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["before"]["plan"]["block"] = json!(0);
    let broken: SavedUpload = serde_json::from_value(value).unwrap();
    assert!(matches!(other.uploader.resume(ms(0), broken, 35), Err(ResumeError::Damaged)));
}

#[test]
fn nothing_prints_secrets_or_contents() {
    let mut rig = Rig::new(limits(), content(25));
    rig.by_hand = true;
    rig.start(job(25));
    let mut shown = String::new();
    while !rig.open.is_empty() {
        shown = format!("{shown}{:?}{:?}", rig.open, rig.uploader);
        let action = rig.open.remove(0);
        rig.carry_out(action);
        rig.pump();
    }
    shown = format!("{shown}{:?}", rig.events);
    assert!(!shown.contains("store.example") && !shown.contains("info-secret"), "{shown}");
}
