//! How far an upload is: a bar on a terminal, lines otherwise.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use qq_proto::media::Stage;
use qq_smol::Progress;

/// A line at each tenth.
const STEPS: u64 = 10;

/// Shows progress on the standard error output.
pub(super) struct Show {
    bar: Option<ProgressBar>,
    last: Option<(Stage, u64)>,
}

impl Show {
    pub(super) fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
            let bar = ProgressBar::new(0);
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        Self { bar, last: None }
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        let Progress { stage, done, total, .. } = progress;
        let doing = match stage {
            Stage::Hashing => "reading",
            Stage::Sending | _ => "sending",
        };
        let tenth = done.saturating_mul(STEPS).checked_div(total).unwrap_or(STEPS);
        if let Some(bar) = &self.bar {
            bar.set_message(doing);
            bar.set_length(total);
            bar.set_position(done);
        } else if self.last.is_none_or(|(before, shown)| before != stage || shown != tenth) {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "{doing} the file: {done} of {total} bytes");
        }
        self.last = Some((stage, tenth));
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
