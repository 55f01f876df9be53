//! Schedules of guild channels.

use alloc::string::String;

use crate::api::body::{Decimal, written};
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::operation::operations;
use crate::model::record::{codes, record};
use crate::model::{GuildMember, Str, Time};

/// A schedule is at most seven days long.
const LONGEST_MS: u64 = 7 * 24 * 60 * 60 * 1000;

codes! {
    /// When people are reminded.
    Remind {
        /// Never.
        0 => Never,
        /// When it begins.
        1 => AtStart,
        /// Five minutes before.
        2 => FiveMinutes,
        /// A quarter of an hour before.
        3 => QuarterHour,
        /// Half an hour before.
        4 => HalfHour,
        /// An hour before.
        5 => Hour,
    }
}

record! {
    /// A schedule.
    Schedule {
        /// Its id.
        "id" => id: Str<'a>,
        /// Its name.
        "name" => name: Str<'a>,
        /// What it is about.
        "description" => description: Str<'a>,
        /// When it begins: milliseconds.
        "start_timestamp" => start_timestamp: Time<'a>,
        /// When it ends: milliseconds.
        "end_timestamp" => end_timestamp: Time<'a>,
        /// Who made it.
        "creator" => creator: Option<GuildMember<'a>>,
        /// The channel it leads to; `0` for none.
        "jump_channel_id" => jump_channel_id: Str<'a>,
        /// When people are reminded.
        "remind_type" => remind: Option<Remind>,
    }
}

/// Its number, as the platform wants it in a text. One that has none here and is negative is "never".
impl From<Remind> for Decimal {
    fn from(remind: Remind) -> Self {
        Self(remind.code().try_into().unwrap_or_default())
    }
}

written! {
    /// What a schedule is to be. Times are milliseconds since 1970.
    NewSchedule needs {
        "name" => name: String,
        "start_timestamp" => start_ms: Decimal,
        "end_timestamp" => end_ms: Decimal,
    } may {
        /// What it is about.
        "description" => description: String,
        /// The channel it leads to.
        "jump_channel_id" => jump_channel_id: String,
        /// When people are reminded.
        "remind_type" => remind: Decimal,
    };
}

operations! { Schedules;
    /// Reads the schedules of a channel: today's, unless told.
    97 ListSchedules Get ["channels" channel_id, "schedules"] => list Schedule {
        query {
            /// Those that end after this: milliseconds since 1970. In the query, as two SDKs send it; the documents put
            /// it into the body of a GET, which proxies drop.
            "since" => since: u64,
        }
    }

    /// Reads a schedule.
    98 GetSchedule Get ["channels" channel_id, "schedules" schedule_id] => one Schedule {}

    /// Makes a schedule. An admin makes 10 a day, a guild 100.
    99 CreateSchedule Post ["channels" channel_id, "schedules"] => one Schedule {
        flags: Admin,
        check: created,
        needs {
            "schedule" => schedule: NewSchedule,
        }
    }

    /// Changes a schedule.
    100 PatchSchedule Patch ["channels" channel_id, "schedules" schedule_id] => one Schedule {
        flags: Admin,
        check: changed,
        needs {
            "schedule" => schedule: NewSchedule,
        }
    }

    /// Deletes a schedule.
    101 DeleteSchedule Delete ["channels" channel_id, "schedules" schedule_id] => none {
        flags: Admin,
    }
}

fn created(call: &CreateSchedule) -> Result<(), Invalid> {
    times(&call.schedule)
}

fn changed(call: &PatchSchedule) -> Result<(), Invalid> {
    times(&call.schedule)
}

fn times(schedule: &NewSchedule) -> Result<(), Invalid> {
    let length = schedule.end_ms.0.checked_sub(schedule.start_ms.0);
    unless(length.is_none_or(|length| length > LONGEST_MS), "end_timestamp", Flaw::OutOfRange)
}
