//! The platform's error numbers, all that are known, as data.

use crate::api::error::ErrorClass;

/// A group of errors that want the same thing done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorGroup {
    /// The access token: fetch another one, try once more.
    Reauthenticate,
    /// The bot or its configuration: nothing that is sent helps.
    Configuration,
    /// A check that failed: try once more.
    RetryOnce,
    /// A failure that passes: try again, each time later.
    Transient,
    /// A quota that is used up until it resets.
    Quota,
    /// The time to answer is over, or what is answered is wrong.
    Window,
    /// Sent before.
    Duplicate,
    /// What is sent: change it or drop it.
    Content,
    /// A right, or a relation to someone: a person has to see to it.
    Permission,
    /// Not sent yet: an event will tell.
    Audit,
    /// A mistake of the program.
    Other,
}

impl ErrorGroup {
    /// What to do.
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Reauthenticate => ErrorClass::NewToken,
            Self::Configuration => ErrorClass::Permanent,
            Self::RetryOnce | Self::Transient => ErrorClass::Retry,
            Self::Quota => ErrorClass::WaitUntil,
            Self::Window | Self::Content | Self::Other => ErrorClass::ChangeRequest,
            Self::Duplicate => ErrorClass::AlreadyDelivered,
            Self::Permission => ErrorClass::AskPerson,
            Self::Audit => ErrorClass::UnderAudit,
        }
    }
}

/// What is known about an error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeInfo {
    /// The number, as `code` or as `err_code`.
    pub number: i64,
    /// What it wants done.
    pub group: ErrorGroup,
    /// What it says, in English.
    pub meaning: &'static str,
}

impl CodeInfo {
    /// What is known about a number.
    pub fn of(number: i64) -> Option<&'static Self> {
        CODES.binary_search_by_key(&number, |row| row.number).ok().and_then(|at| CODES.get(at))
    }
}

macro_rules! codes {
    ($($number:literal $group:ident $meaning:literal;)+) => {
        /// All error numbers that are known, in rising order. Some numbers have an umbrella above them, and their sum
        /// is in `err_code` while `code` has the detail; see [`ApiError::number`](crate::ApiError::number).
        pub const CODES: &[CodeInfo] = &[ $(
            CodeInfo { number: $number, group: ErrorGroup::$group, meaning: $meaning },
        )+ ];
    };
}

// 22009 stands among the quotas in the documents, but it counts over seconds to minutes: an answer may try again within
// its deadline. 10004 is a wrong configuration at the token endpoint alone, which does not ask here.
codes! {
    10_000 Other "this operation is not supported";
    10_001 Other "the account is not in order";
    10_002 Other "a header of the request is not in order";
    10_003 Other "the channel is not in order";
    10_004 Other "the guild is not in order; at the token endpoint: there is no such bot";
    10_044 Configuration "the request names no account";
    11_004 Transient "the share link could not be made";
    11_241 Reauthenticate "there is no token";
    11_242 RetryOnce "the token could not be checked";
    11_243 Reauthenticate "the token is not accepted";
    11_244 Reauthenticate "the token has expired or never was";
    11_245 Configuration "tokens that never change are no longer accepted";
    11_251 Configuration "the app id is wrong";
    11_252 RetryOnce "the privilege could not be checked";
    11_253 Permission "the app has no privilege for this operation";
    11_254 Permission "the privilege for this operation is blocked";
    11_261 Configuration "the app id is missing";
    11_262 Configuration "a bot's token is not accepted here";
    11_263 RetryOnce "the guild's consent could not be checked";
    11_264 Permission "the guild has not consented, or its id is wrong";
    11_265 Configuration "the bot is banned";
    11_273 Configuration "a user's token is not accepted here";
    11_274 Permission "the user has not consented to this operation";
    11_275 Configuration "the app id is missing";
    11_281 RetryOnce "the admin's right could not be checked";
    11_282 Permission "the right of an admin is missing";
    11_298 Permission "this address is not on the bot's allow-list";
    11_301 Other "a header of the request is invalid";
    11_302 Other "a header of the request is invalid";
    11_303 Transient "the nickname could not be found";
    11_304 Transient "the picture could not be found";
    11_305 Transient "the guild's id could not be found";
    11_306 Transient "the guild could not be found";
    12_001 Other "an openid could not be understood";
    12_002 Other "the body of the request is invalid";
    12_003 Transient "the platform's own reply was invalid";
    20_028 Transient "too much is written in this channel";
    22_006 Content "msg_type and content do not fit";
    22_009 Transient "more is sent than is allowed";
    30_013 Other "a count or a length is over its limit";
    40_007 Content "what was delivered before was changed";
    50_001 Transient "the stream failed inside";
    50_002 Transient "the stream is too fast";
    50_006 Content "the message is empty";
    50_035 Other "the form is broken";
    50_037 Content "Markdown can be joined by a keyboard alone";
    50_038 Other "it is not the same guild or channel";
    50_039 Window "the message to be answered could not be fetched";
    50_040 Content "the template is of the wrong kind";
    50_041 Content "a value of the template is empty";
    50_042 Content "a list of the template is too long";
    50_043 Other "the guild's id could not be understood";
    50_045 Window "the bot cannot answer itself";
    50_046 Window "the message does not mention the bot";
    50_047 Window "the message is neither the bot's nor mentions it";
    50_048 Other "the message's id is empty";
    50_049 Other "only messages with buttons can be changed";
    50_050 Other "the buttons must not be empty";
    50_051 Other "only the bot's own messages can be changed";
    50_053 Other "the change failed";
    50_054 Content "the parameters of the template are wrong";
    50_055 Content "the content is invalid";
    50_056 Content "Markdown of one's own is not allowed";
    50_057 Content "there must be a template or content, not both";
    50_059 Content "the kind of typing state is wrong";
    100_001 Transient "the token is asked for too often";
    100_007 Configuration "the app id is invalid, or the bot is banned or deleted";
    100_016 Configuration "the app id or the secret is wrong";
    100_017 Transient "the operation is called too often";
    301_000 Other "a parameter is wrong";
    301_001 Other "the guild could not be found";
    301_002 Other "the rights could not be read";
    301_003 Other "the rights could not be written";
    301_004 Other "no more members can be put into the private channel";
    301_005 Other "an inner call failed";
    301_006 Other "it is no member, so nothing can be read";
    301_007 Other "there are too many parameters";
    302_000 Other "a parameter is wrong";
    302_001 Other "the guild could not be found";
    302_002 Other "the schedules could not be read";
    302_003 Other "the schedule could not be read";
    302_004 Other "the schedule could not be changed";
    302_005 Other "the schedule could not be deleted";
    302_006 Other "the schedule could not be made";
    302_007 Other "its maker could not be found";
    302_008 Other "the channel's id is empty";
    302_009 Other "the system failed";
    302_010 Other "the right is missing";
    302_011 Other "the schedule is deleted already";
    302_012 Quota "an admin makes ten schedules a day";
    302_013 Content "it was stopped by security";
    302_014 Other "a schedule is at most seven days long";
    302_015 Other "it begins in the past";
    302_016 Other "it ends before it begins";
    302_017 Other "the schedule is empty";
    302_018 Other "a value could not be converted";
    302_019 Other "a system behind failed";
    302_020 Content "the content or the account broke a rule";
    302_021 Quota "the guild has made its schedules for today";
    302_022 Other "its channel is in another guild";
    302_023 Other "its channel is one for schedules";
    302_024 Other "its channel does not exist";
    304_003 Content "the link is not registered in the console";
    304_004 Permission "cards are not granted to the bot";
    304_005 Content "the embed is too long";
    304_006 Transient "the bot's settings could not be read";
    304_007 Transient "the guild could not be read";
    304_008 Transient "the bot could not be read";
    304_009 Transient "the channel could not be read";
    304_010 Transient "the picture could not be fetched";
    304_011 Other "there is no such template";
    304_012 Transient "the template could not be read";
    304_014 Permission "the template is not granted to the bot";
    304_016 Transient "sending failed";
    304_017 Transient "the picture could not be stored";
    304_018 Permission "the bot has no live gateway connection";
    304_019 Quota "everyone was mentioned too often";
    304_020 Content "the file is too big";
    304_021 Transient "the file could not be fetched";
    304_022 Quota "nothing may be pushed at this time";
    304_023 Audit "the message waits for an audit";
    304_024 Audit "the answer waits for an audit";
    304_025 Content "the message was stopped by security";
    304_026 Window "the msg_id is wrong";
    304_027 Window "the msg_id has expired";
    304_028 Window "the message does not mention the bot, so it cannot be answered";
    304_029 Other "the service for set phrases failed";
    304_030 Other "it is none of the set phrases";
    304_031 Permission "the private session is closed";
    304_032 Permission "there is no such private session";
    304_033 Transient "the private session could not be read";
    304_034 Permission "he is not in the private session";
    304_035 Quota "messages were pushed to too many channels";
    304_036 Permission "the Markdown template is not granted to the bot";
    304_037 Permission "buttons are not granted to the bot";
    304_038 Content "there are no such buttons";
    304_039 Content "the buttons could not be read";
    304_040 Content "what the buttons say is wrong";
    304_044 Transient "the settings of pushed messages could not be read";
    304_045 Quota "the messages for this channel are used up";
    304_046 Permission "nothing may be sent unasked in this channel";
    304_047 Quota "messages were sent unasked to too many channels";
    304_048 Permission "nothing may be sent unasked in this guild";
    304_049 Quota "the messages for this user are used up";
    304_050 Quota "the messages for all users are used up";
    304_051 Other "the card for the settings is malformed";
    304_052 Quota "the cards for the settings are used up";
    304_057 Permission "buttons of one's own are not granted to the bot";
    304_061 Content "the content is invalid";
    304_062 Content "there are too many buttons to subscribe";
    304_064 Permission "the subscription is not authorised";
    304_080 Content "the file_info is invalid";
    304_082 Transient "the file could not be fetched";
    304_083 Transient "the file could not be converted";
    304_103 Window "the msg_id has expired";
    305_007 Content "the style of the buttons is invalid";
    306_001 Other "a parameter is wrong";
    306_002 Other "the message's id is wrong";
    306_003 Transient "the message could not be read";
    306_004 Permission "the right is missing";
    306_005 Transient "recalling failed";
    306_006 Transient "the channel could not be read";
    306_007 Other "the message is not of this group";
    306_008 Other "the message is not the bot's";
    306_009 Other "the message is not of this user, or his openid is invalid";
    306_010 Other "recalling failed inside";
    306_011 Other "it is too late to recall it";
    340_067 Transient "the bot could not be found";
    340_069 Content "the msg_type is invalid";
    501_001 Other "a parameter is wrong";
    501_002 Transient "the announcement could not be made";
    501_003 Transient "the announcement could not be deleted";
    501_004 Transient "the channel could not be read";
    501_005 Other "the message's id is wrong";
    501_006 Transient "the guild's announcement could not be made";
    501_007 Transient "the guild's announcement could not be deleted";
    501_008 Other "the message's id is missing";
    501_009 Other "the message could not be understood";
    501_010 Other "the message is not in this channel";
    501_011 Transient "the message could not be pinned";
    501_012 Transient "the message could not be unpinned";
    501_013 Quota "too many messages are pinned";
    501_014 Content "it was stopped by security";
    501_015 Other "this message does not allow it";
    501_016 Quota "too many channels are recommended";
    501_017 Other "only the owner and admins may";
    501_018 Other "a recommended channel is invalid";
    501_019 Other "the kind of announcement is wrong";
    501_020 Other "channels could not be recommended";
    502_001 Other "the guild's id is invalid";
    502_002 Other "the guild's id is empty";
    502_003 Other "the user's id is invalid";
    502_004 Other "the user's id is empty";
    502_005 Other "the time is not allowed";
    502_006 Other "the time is invalid";
    502_007 Other "a value could not be converted";
    502_008 Other "an inner call failed";
    502_009 Content "it was stopped by security";
    502_010 Other "a header is wrong";
    503_001 Other "the guild's id is invalid";
    503_002 Other "the guild's id is empty";
    503_003 Other "the channel could not be read";
    503_004 Quota "too many threads are published";
    503_005 Other "the title is empty";
    503_006 Other "the content is empty";
    503_007 Other "the thread's id is empty";
    503_008 Other "the request names no account";
    503_009 Other "the thread's id is invalid";
    503_010 Other "the account could not be understood";
    503_011 Other "the time in the thread's id is invalid";
    503_012 Other "there is no such thread";
    503_013 Transient "the forum failed inside";
    503_014 Other "the JSON of the content cannot be read";
    503_015 Other "the content could not be converted";
    503_016 Other "there are too many links";
    503_017 Other "the content is too long";
    503_018 Other "there are too many pictures";
    503_019 Other "there are too many videos";
    503_020 Other "the title is too long";
    504_001 Other "a parameter is wrong";
    504_002 Other "a header is wrong";
    504_003 Other "the account is wrong";
    504_004 Other "the settings could not be read";
    610_001 Other "the guild's id is wrong";
    610_002 Other "a header is wrong";
    610_003 Other "the account is wrong";
    610_004 Other "the role could not be read";
    610_005 Other "the role could not be read";
    610_006 Other "the list could not be read";
    610_007 Permission "the bot is not in the guild";
    610_008 Other "a parameter is wrong";
    610_009 Other "the operation could not be found";
    610_010 Other "it is granted already";
    610_011 Other "the bot could not be read";
    610_012 Other "the limiter failed";
    610_013 Quota "it was asked for too often";
    610_014 Other "the link could not be sent";
    620_001 Other "a parameter is wrong";
    620_002 Other "the message has too many kinds of reactions";
    620_003 Other "the reaction is set already";
    620_004 Other "the reaction is not set";
    620_005 Other "the right is missing";
    620_006 Transient "there are too many reactions at once";
    620_007 Transient "reacting failed";
    630_001 Other "a parameter is wrong";
    630_002 Configuration "the app id could not be found";
    630_003 Configuration "the app id is another one";
    630_004 Transient "the interaction could not be stored";
    630_005 Transient "the interaction could not be read";
    630_006 Configuration "the app id of the header is wrong";
    630_007 Other "the data is too large";
    630_008 Other "preparing failed";
    850_018 Permission "the group or the bot is silenced";
    850_019 Content "the format is not supported";
    850_026 Transient "the file could not be fetched from its link";
    850_027 Transient "it took too long";
    850_031 Content "the file is too big";
    1_100_100 Transient "security: too much at once";
    1_100_101 Content "security: the content is sensitive";
    1_100_102 Permission "security: the feature is not open to the bot";
    1_100_103 Content "security: it was stopped";
    1_100_104 Permission "the group is gone";
    1_100_300 Transient "the system failed inside";
    1_100_301 Permission "the caller is not in the guild";
    1_100_302 Transient "the name could not be found";
    1_100_303 Permission "only admins may speak here";
    1_100_304 Quota "mentions could not be checked, or are used up";
    1_100_305 Transient "an id could not be converted";
    1_100_306 Permission "the caller is not in the private channel";
    1_100_307 Permission "the application is not on the channel's list";
    1_100_308 Transient "too much is sent in the guild";
    1_100_499 Other "another failure";
    2_000_004 Transient "sending failed without a reason";
    3_300_006 Content "the change was stopped by security";
    40_011_027 Reauthenticate "the token is invalid or expired";
    40_012_010 Permission "the app has no privilege for this operation";
    40_023_001 Transient "the operation is called too often";
    40_023_002 Permission "this address is not on the bot's allow-list";
    40_030_001 Other "a parameter is wrong";
    40_030_006 Other "there is no such panel";
    40_030_008 Other "a link must begin with https://";
    40_030_009 Transient "the panel is being changed";
    40_030_011 Other "the scope is wrong";
    40_030_012 Other "the kind of target is wrong";
    40_030_013 Other "a count or a length is over its limit";
    40_030_014 Other "the kind of menu entry is wrong";
    40_030_015 Other "the kind of panel entry is wrong";
    40_030_016 Other "a field is missing";
    40_030_017 Other "the op is wrong";
    40_030_018 Other "the scope does not allow it";
    40_030_020 Content "it was stopped by security";
    40_030_021 Other "a panel for everyone has no targets";
    40_034_001 Transient "the file failed; the other number says why";
    40_034_004 Transient "the file could not be passed on";
    40_034_005 Window "the msg_id has expired";
    40_034_006 Content "the content broke a rule";
    40_034_008 Content "a parameter of the Markdown is empty";
    40_034_009 Content "a parameter of the Markdown has a line end";
    40_034_010 Content "a parameter of the Markdown has Markdown";
    40_034_011 Content "the Markdown is invalid";
    40_034_016 Content "the msg_type changed between pieces";
    40_034_017 Content "a piece of Markdown must end with a line end";
    40_034_018 Other "the stream has ended";
    40_034_019 Other "the stream's guiding part has ended";
    40_034_020 Other "the stream took too long";
    40_034_021 Other "another stream is running";
    40_034_022 Other "a newer stream was begun";
    40_034_024 Window "the msg_id is invalid or of another place";
    40_034_025 Window "the event_id is invalid";
    40_034_026 Window "the event_id has expired";
    40_034_027 Window "the event cannot be answered";
    40_034_028 Content "the content has a link that is not allowed";
    40_034_029 Content "there are too many rows or buttons";
    40_034_100 Quota "the messages sent unasked are used up";
    40_034_101 Permission "the bot is not in the group";
    40_034_102 Permission "nothing may be sent unasked";
    40_034_105 Permission "nothing may be sent unasked";
    40_034_106 Content "this kind of command is not supported";
    40_034_108 Content "a parameter of the command is too long";
    40_034_109 Content "a parameter of the command could not be read";
    40_034_122 Quota "he was called back in this span already";
    40_034_123 Permission "he cannot be called back";
    40_034_124 Content "the parameters of the Markdown are wrong";
    40_034_127 Permission "the Markdown template is not granted to the bot";
    40_034_128 Window "the time to answer is over, or its answers are used up";
    40_054_002 Permission "the bot is silenced";
    40_054_003 Permission "the bot is not in the group";
    40_054_004 Permission "the user is no friend of the bot";
    40_054_005 Duplicate "this msg_id and msg_seq were used before";
    40_054_006 Transient "the friendship could not be checked";
    40_054_007 Content "the message is too long";
    40_054_010 Content "the link is not allowed";
    40_054_013 Permission "the user does not want messages";
    40_054_014 Content "a piece is too long";
    40_054_015 Content "there are too many pieces";
    40_054_016 Configuration "the bot is offline";
    40_054_018 Content "the message is too long or malformed";
    40_061_001 Other "a parameter is wrong";
    40_061_002 Other "the message's id is invalid";
    40_062_003 Permission "the right is missing";
    40_064_004 Other "the message is more than two minutes old";
    40_093_001 Transient "the part could not be passed on";
    40_093_002 Quota "the uploads of today are used up";
    50_055_001 Transient "sending failed";
    50_055_002 Transient "sending failed";
    50_055_006 Transient "sending the card failed";
    50_065_001 Transient "recalling failed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_found() {
        for pair in CODES.windows(2) {
            assert!(pair[0].number < pair[1].number, "{} and {}", pair[0].number, pair[1].number);
        }
        for row in CODES {
            assert_eq!(CodeInfo::of(row.number), Some(row));
            assert!(!row.meaning.is_empty());
        }
        assert_eq!(CodeInfo::of(1), None);
        assert!(CODES.len() > 300, "{}", CODES.len());
    }

    #[test]
    fn each_group_has_its_numbers() {
        use ErrorGroup as G;
        for (group, numbers) in [
            (G::Reauthenticate, &[11_241, 11_243, 11_244, 40_011_027][..]),
            (G::Configuration, &[11_245, 11_251, 11_265, 100_007, 100_016, 40_054_016, 630_003]),
            (G::RetryOnce, &[11_242, 11_252, 11_263, 11_281]),
            (G::Transient, &[20_028, 22_009, 100_017, 40_023_001, 850_026, 1_100_308, 304_033, 340_067]),
            (G::Quota, &[40_034_100, 304_019, 304_045, 304_052, 1_100_304, 40_093_002, 302_012, 610_013]),
            (G::Window, &[304_027, 304_103, 40_034_005, 40_034_128, 50_039, 50_045, 304_028]),
            (G::Duplicate, &[40_054_005]),
            (G::Content, &[304_003, 50_006, 40_034_028, 305_007, 40_007, 850_031, 3_300_006, 22_006]),
            (G::Permission, &[11_253, 11_298, 304_018, 304_057, 40_034_102, 40_034_105, 40_054_004, 610_007]),
            (G::Audit, &[304_023, 304_024]),
            (
                G::Other,
                &[10_004, 12_001, 301_000, 306_007, 501_001, 502_001, 503_001, 504_001, 620_003, 40_064_004],
            ),
        ] {
            for number in numbers {
                assert_eq!(CodeInfo::of(*number).map(|row| row.group), Some(group), "{number}");
            }
        }
    }
}
