//! Whatever is lost, late or never done.

use proptest::prelude::*;

use super::*;

fn call_fault() -> impl Strategy<Value = CallError> {
    prop::sample::select(vec![
        CallError::TimedOut { sent: true },
        CallError::TimedOut { sent: false },
        CallError::Transport(TransportError::Broken),
        CallError::BadReply(crate::model::DecodeError::at("d", crate::model::Expected::Json)),
        code(40_093_001),
        refusal(502, "<html>"),
    ])
}

fn put_fault() -> impl Strategy<Value = Result<u16, TransportError>> {
    prop::sample::select(vec![Ok(200), Ok(500), Err(TransportError::Timeout), Err(TransportError::Broken)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 128 }))]

    /// Whatever is lost, as long as it is not always: the platform has the file in the end, byte for byte.
    #[test]
    fn the_file_arrives_whole(
        size in 1_usize..80,
        piece in 1_u64..20,
        parallel in 1_u32..5,
        calls in prop::collection::vec(call_fault(), 0..3),
        puts in prop::collection::vec(put_fault(), 0..3),
        inline: bool,
    ) {
        let limits = UploadLimits { piece, parallel, inline: if inline { 40 } else { 0 }, ..limits() };
        let mut rig = Rig::new(limits, content(size));
        (rig.call_faults, rig.put_faults) = (calls, puts);
        rig.start(job(size));
        rig.run();
        prop_assert_eq!(rig.end(), "done");
        prop_assert_eq!(rig.uploader.desk.steps.len(), 0);
    }

    /// Actions carried out in any order, late, twice or never, and nonsense in between: it ends, and tells so once.
    #[test]
    fn it_ends_whatever_the_embedder_does(
        size in 1_usize..60,
        moves in prop::collection::vec((0_u8..6, any::<u8>()), 0..80),
    ) {
        let mut rig = Rig::new(limits(), content(size));
        rig.by_hand = true;
        let id = rig.start(job(size));
        for (what, which) in moves {
            let at = usize::from(which) % rig.open.len().max(1);
            match what {
                0..=2 if !rig.open.is_empty() => {
                    let action = rig.open.remove(at);
                    rig.carry_out(action);
                }
                3 => {
                    let step = StepId(u64::from(which) % 40);
                    rig.uploader.handle(ms(rig.now), UploadInput::Put { step, result: Ok(200) });
                    rig.uploader.handle(ms(rig.now), UploadInput::Bytes { step, bytes: b"" });
                }
                4 if !rig.open.is_empty() => {
                    // Never carried out.
                    rig.open.remove(at);
                }
                5 => rig.now += u64::from(which) * 1000,
                _ => {}
            }
            rig.uploader.handle(ms(rig.now), UploadInput::Tick);
            rig.pump();
            // A put that was made up may be followed by a report of what is not there.
            rig.open.retain(|action| match action {
                UploadAction::Call { request, .. } => !request.path.ends_with("part_finish"),
                UploadAction::Put { .. } | UploadAction::Read { .. } | UploadAction::Abandon { .. } => true,
            });
        }
        rig.uploader.cancel(ms(rig.now), id);
        rig.pump();
        prop_assert_eq!(rig.events.len(), 1);
        prop_assert!(rig.uploader.is_empty());
        prop_assert_eq!(rig.uploader.desk.steps.len(), 0);
    }
}
