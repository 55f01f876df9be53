//! Declares an operation: its request, its reply and what is known about it, in one place.

use core::fmt;
use core::time::Duration;

use crate::api::body::Ids;
use crate::api::error::CallError;
use crate::io::Method;
use crate::model::cursor::{Cursor, Fill};
use crate::model::error::{DecodeError, Expected};

/// What is known about an operation of the REST API; see [`OPERATIONS`](crate::api::OPERATIONS).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Its number in the list of the platform's operations on which this crate is built, 1 to 111.
    pub number: u16,
    /// The name of its type here.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with the names of its variable parts in braces.
    pub path: &'static str,
    /// What it is about.
    pub family: Family,
    /// What to know before using it.
    pub flags: &'static [Flag],
    /// How often one bot may call it, where the platform says so.
    pub limit: Option<CallLimit>,
}

impl OperationInfo {
    /// Whether it has this flag.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum Family {
    Token,
    Gateway,
    Users,
    Links,
    Messages,
    Files,
    Interactions,
    Groups,
    Join,
    Menu,
    Panels,
    Guilds,
    Channels,
    Members,
    Roles,
    Permissions,
    Dms,
    Reactions,
    Pins,
    Announces,
    Mute,
    Schedules,
    Audio,
    Forum,
    ApiPermission,
}

/// What to know before using an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flag {
    /// Only bots of the private domain may call it.
    PrivateDomain,
    /// The bot has to be an admin, or to have the right to manage the channel.
    Admin,
    /// Granted by the platform's staff to chosen bots.
    InviteOnly,
    /// Only audio bots may call it.
    AudioBots,
    /// The platform advises against it; it works.
    Deprecated,
    /// The platform has taken it out of service.
    Retired,
    /// The newest documents do not have it: known from older ones or from SDKs.
    Undocumented,
    /// Known from a single source.
    SingleSource,
    /// The client calls it by itself; there is no need to.
    Core,
}

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CallLimit {
    /// As often as this ..
    pub count: u32,
    /// .. within this time.
    pub per: Duration,
    /// How much of it may come at once, where the platform says so.
    pub burst: Option<u32>,
}

impl CallLimit {
    /// So many in so many seconds.
    pub const fn new(count: u32, seconds: u64) -> Self {
        Self { count, per: Duration::from_secs(seconds), burst: None }
    }

    /// The same with this much at once.
    #[must_use]
    pub const fn with_burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }
}

/// `50 per 1 s`.
impl fmt::Display for CallLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {} s", self.count, self.per.as_secs())?;
        match self.burst {
            Some(burst) => write!(f, ", {burst} at once"),
            None => Ok(()),
        }
    }
}

/// Joins the operations of all families into one table, by their numbers.
#[expect(clippy::indexing_slicing, reason = "no iterators in const; a wrong index does not compile")]
pub(crate) const fn join<const N: usize>(families: &[&[OperationInfo]]) -> [OperationInfo; N] {
    let mut all = [families[0][0]; N];
    let (mut family, mut at) = (0, 0);
    while family < families.len() {
        let mut inner = 0;
        while inner < families[family].len() {
            let row = families[family][inner];
            let mut place = at;
            while place > 0 && all[place - 1].number > row.number {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = row;
            at += 1;
            inner += 1;
        }
        family += 1;
    }
    all
}

/// How many operations all families have.
#[expect(clippy::indexing_slicing, reason = "no iterators in const; a wrong index does not compile")]
pub(crate) const fn count(families: &[&[OperationInfo]]) -> usize {
    let (mut family, mut sum) = (0, 0);
    while family < families.len() {
        sum += families[family].len();
        family += 1;
    }
    sum
}

/// The value of a pair of a query.
pub(crate) trait Pair {
    /// Hands out its text.
    fn text<R>(&self, use_it: impl FnOnce(&str) -> R) -> R;
}

impl Pair for alloc::string::String {
    fn text<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
        use_it(self)
    }
}

macro_rules! pairs {
    ($($type:ty),*) => { $(
        impl Pair for $type {
            fn text<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
                use_it(&alloc::string::ToString::to_string(self))
            }
        }
    )* };
}

pairs!(u32, u64, bool);

/// Variable parts of a path.
pub(crate) trait Segments {
    /// Appends them, with their slashes.
    fn append(&self, path: &mut alloc::string::String);
}

impl Segments for alloc::string::String {
    fn append(&self, path: &mut alloc::string::String) {
        path.push('/');
        crate::url::push_segment(path, self);
    }
}

/// Reads a body that is one value and nothing else.
pub(crate) fn whole<'a, T: Fill<'a>>(body: &'a [u8]) -> Result<T, CallError> {
    parse(body).map_err(CallError::BadReply)
}

const REPLY: &str = "reply";

fn text(body: &[u8]) -> Result<&str, DecodeError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    core::str::from_utf8(body).map_err(|_| DecodeError::at(REPLY, Expected::Utf8))
}

fn parse<'a, T: Fill<'a>>(body: &'a [u8]) -> Result<T, DecodeError> {
    let mut cursor = Cursor::new(text(body)?);
    let mut value = T::default();
    value.fill(&mut cursor, REPLY)?;
    match cursor.peek() {
        None => Ok(value),
        Some(_) => Err(DecodeError::at(REPLY, Expected::Json)),
    }
}

/// Reads a body in which the value may stand alone or as the member `key` of an object.
pub(crate) fn unwrapped<'a, T: Fill<'a>>(body: &'a [u8], key: &'static str) -> Result<T, CallError> {
    let inside = || match inner(body, key)? {
        Some(value) => Ok(value),
        None => parse(body),
    };
    inside().map_err(CallError::BadReply)
}

/// Reads the member `key` of an object, empty if it is missing.
pub(crate) fn member<'a, T: Fill<'a>>(body: &'a [u8], key: &'static str) -> Result<T, CallError> {
    inner(body, key).map(Option::unwrap_or_default).map_err(CallError::BadReply)
}

/// The member `key` of an object that is well-formed to its last byte.
fn inner<'a, T: Fill<'a>>(body: &'a [u8], key: &'static str) -> Result<Option<T>, DecodeError> {
    let mut cursor = Cursor::new(text(body)?);
    let fail = |expected| DecodeError::at(REPLY, expected);
    let mut lead = cursor.object().map_err(fail)?;
    let mut store = crate::model::text::Str::default();
    let mut found = None;
    while cursor.member(&mut lead).map_err(fail)? {
        if cursor.key(&mut store) == key {
            cursor.peek();
            found = Some(cursor.at());
        }
        cursor.skip().map_err(fail)?;
    }
    if cursor.peek().is_some() {
        return Err(fail(Expected::Json));
    }
    let Some(at) = found else {
        return Ok(None);
    };
    cursor.rewind(at);
    let mut value = T::default();
    value.fill(&mut cursor, key).map_err(|error| error.under(REPLY))?;
    Ok(Some(value))
}

impl Pair for Ids {
    fn text<R>(&self, use_it: impl FnOnce(&str) -> R) -> R {
        let mut joined = alloc::string::String::new();
        for id in self.iter() {
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(id);
        }
        use_it(&joined)
    }
}

/// Declares the operations of a family:
///
/// ```text
/// operations! { Channels;
///     /// What it does.
///     52 CreateChannel Post ["guilds" guild_id, "channels"] => one Channel {
///         limit: 50 per 1,                  how often
///         flags: PrivateDomain Admin,       what to know
///         repeat: Idempotent,               if not the method's
///         lane: Channel channel_id,         whose order it keeps
///         check: rules,                     fn(&Self) -> Result<(), Invalid>
///         fixed { "action" = "check" }      query, always the same
///         asks { "scope" => scope: Word }   query, required
///         query { "limit" => limit: u32 }   query, optional
///         needs { "name" => name: String }  body, required
///         parts { who: Targets }            members of the body that belong together, required
///         body { "desc" => desc: String }   body, optional
///         always object                     a body even if nothing is in it
///     }
/// }
/// ```
///
/// All of them may be left out, but keep this order. `new` takes what is required, in this order. The reply is
/// `one` record, a `list` of records, `lenient` (a record; an unreadable success is an empty one), `inside` (one
/// record, alone or under this key), `number` (the one under this key), `none`, or `other`: a type that reads itself.
macro_rules! operations {
    ($family:ident; $(
        $(#[$about:meta])*
        $number:literal $name:ident $method:ident [
            $( $literal:literal $( $segment:ident $(= $segment_type:ident)? )* ),+
        ] => $kind:ident $($reply:ident)? $(($wrap:literal))? {
            $( limit: $count:literal per $seconds:literal $(burst $burst:literal)?, )?
            $( flags: $($flag:ident)+, )?
            $( repeat: $repeat:ident, )?
            $( lane: $scene:ident $target:ident, )?
            $( check: $check:path, )?
            $( fixed { $( $fixed_key:literal = $fixed:literal ),+ } )?
            $( asks { $( $(#[$ask_about:meta])* $ask_key:literal => $ask:ident: $ask_type:ty ),+ $(,)? } )?
            $( query { $( $(#[$pair_about:meta])* $pair_key:literal => $pair:ident: $pair_type:ty ),+ $(,)? } )?
            $( needs { $( $(#[$need_about:meta])* $need_key:literal => $need:ident: $need_type:ty ),+ $(,)? } )?
            $( parts { $( $(#[$part_about:meta])* $part:ident: $part_type:ty ),+ $(,)? } )?
            $( body { $( $(#[$field_about:meta])* $field_key:literal => $field:ident: $field_type:ty ),+ $(,)? } )?
            $( always $object:ident )?
        }
    )+) => {
        $(
            $(#[$about])*
            ///
            #[doc = concat!(
                "`", $crate::api::operation::verb!($method), " ",
                $("/", $literal, $( $crate::api::operation::template!($segment $(= $segment_type)?), )* )+
                "`."
            )]
            $( $( #[doc = $crate::api::operation::flag_text!($flag)] )+ )?
            $( #[doc = concat!("\n\nAt most ", $count, " calls per ", $seconds, " s for one bot.")] )?
            #[derive(Clone, PartialEq)]
            #[must_use = "a call does nothing until it is given to a client"]
            pub struct $name {
                $( $( $segment: $crate::api::operation::segment_type!($($segment_type)?), )* )+
                $( $( $ask: $ask_type, )+ )?
                $( $( $pair: Option<$pair_type>, )+ )?
                $( $( $need: $need_type, )+ )?
                $( $( $part: $part_type, )+ )?
                $( $( $field: Option<$field_type>, )+ )?
            }

            impl $name {
                /// The call with all that it needs.
                #[allow(clippy::new_without_default, reason = "a call is made, not defaulted")]
                pub fn new(
                    $( $( $segment: impl Into<$crate::api::operation::segment_type!($($segment_type)?)>, )* )+
                    $( $( $ask: impl Into<$ask_type>, )+ )?
                    $( $( $need: impl Into<$need_type>, )+ )?
                    $( $( $part: impl Into<$part_type>, )+ )?
                ) -> Self {
                    Self {
                        $( $( $segment: $segment.into(), )* )+
                        $( $( $ask: $ask.into(), )+ )?
                        $( $( $pair: None, )+ )?
                        $( $( $need: $need.into(), )+ )?
                        $( $( $part: $part.into(), )+ )?
                        $( $( $field: None, )+ )?
                    }
                }

                $( $(
                    $(#[$pair_about])*
                    pub fn $pair(mut self, $pair: impl Into<$pair_type>) -> Self {
                        self.$pair = Some($pair.into());
                        self
                    }
                )+ )?

                $( $(
                    $(#[$field_about])*
                    pub fn $field(mut self, $field: impl Into<$field_type>) -> Self {
                        self.$field = Some($field.into());
                        self
                    }
                )+ )?

                $crate::api::operation::view!($kind $($reply)? $($wrap)?);
            }

            impl $crate::api::Call for $name {
                type Reply = $crate::api::operation::reply_type!($kind $($reply)?);

                fn request(&self) -> $crate::api::ApiRequest {
                    let mut path = alloc::string::String::new();
                    $(
                        path.push('/');
                        path.push_str($literal);
                        $( $crate::api::operation::Segments::append(&self.$segment, &mut path); )*
                    )+
                    #[allow(unused_mut, reason = "not every operation has more to say")]
                    let mut request =
                        $crate::api::ApiRequest::to($crate::io::Method::$method, path)
                            .with_repeat($crate::api::operation::repeat!($method $($repeat)?));
                    $( request = request.in_lane($crate::api::reply::lane(
                        $crate::api::Scene::$scene, &self.$target,
                    )); )?
                    $( $( request = request.with_pair($fixed_key, $fixed); )+ )?
                    $( $(
                        request = $crate::api::operation::Pair::text(&self.$ask, |text| {
                            request.with_pair($ask_key, text)
                        });
                    )+ )?
                    $( $(
                        if let Some(pair) = &self.$pair {
                            request = $crate::api::operation::Pair::text(pair, |text| {
                                request.with_pair($pair_key, text)
                            });
                        }
                    )+ )?
                    $crate::api::operation::body!(
                        self request
                        [$( $( $need_key $need )+ )?] [$( $( $part )+ )?] [$( $( $field_key $field )+ )?]
                        $($object)?
                    );
                    request
                }

                fn read(
                    outcome: &$crate::api::Outcome,
                ) -> Result<Self::Reply, $crate::api::CallError> {
                    $crate::api::operation::read!(outcome, $kind $($reply)? $($wrap)?)
                }

                $( fn check(&self) -> Result<(), $crate::api::Invalid> {
                    $check(self)
                } )?
            }

            /// Shows whom it is about and not what is said.
            impl core::fmt::Debug for $name {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.debug_struct(stringify!($name))
                        $( $( .field(stringify!($segment), &self.$segment) )* )+
                        .finish_non_exhaustive()
                }
            }
        )+

        /// The operations of this file.
        pub(crate) const OPERATIONS: &[$crate::api::OperationInfo] = &[ $(
            $crate::api::OperationInfo {
                number: $number,
                name: stringify!($name),
                method: $crate::io::Method::$method,
                path: concat!(
                    $("/", $literal, $( $crate::api::operation::template!($segment $(= $segment_type)?), )* )+
                ),
                family: $crate::api::Family::$family,
                flags: &[ $( $( $crate::api::Flag::$flag, )+ )? ],
                limit: $crate::api::operation::limit!($( $count $seconds $($burst)? )?),
            },
        )+ ];
    };
}

/// The method as it goes over the wire.
macro_rules! verb {
    (Get) => {
        "GET"
    };
    (Post) => {
        "POST"
    };
    (Put) => {
        "PUT"
    };
    (Patch) => {
        "PATCH"
    };
    (Delete) => {
        "DELETE"
    };
}

/// The names of variable parts of a path.
macro_rules! template {
    ($segment:ident) => {
        concat!("/{", stringify!($segment), "}")
    };
    ($segment:ident = Reaction) => {
        "/{type}/{id}"
    };
    ($segment:ident = $type:ident) => {
        concat!("/{", stringify!($segment), "}")
    };
}

macro_rules! segment_type {
    () => {
        alloc::string::String
    };
    ($type:ident) => {
        $type
    };
}

/// When the core may repeat it: what only reads is repeated at will, the rest after refusals.
macro_rules! repeat {
    (Get) => {
        $crate::api::Repeat::Idempotent
    };
    ($method:ident) => {
        $crate::api::Repeat::Refused
    };
    ($method:ident $repeat:ident) => {
        $crate::api::Repeat::$repeat
    };
}

macro_rules! limit {
    () => {
        None
    };
    ($count:literal $seconds:literal) => {
        Some($crate::api::CallLimit::new($count, $seconds))
    };
    ($count:literal $seconds:literal $burst:literal) => {
        Some($crate::api::CallLimit::new($count, $seconds).with_burst($burst))
    };
}

macro_rules! flag_text {
    (PrivateDomain) => {
        "\n\nOnly for bots of the private domain."
    };
    (Admin) => {
        "\n\nThe bot has to be an admin."
    };
    (InviteOnly) => {
        "\n\nGranted by the platform's staff to chosen bots."
    };
    (AudioBots) => {
        "\n\nOnly for audio bots."
    };
    (Deprecated) => {
        "\n\nThe platform advises against it."
    };
    (Retired) => {
        "\n\nThe platform has taken it out of service."
    };
    (Undocumented) => {
        "\n\nNot in the platform's newest documents."
    };
    (SingleSource) => {
        "\n\nKnown from a single source."
    };
    (Core) => {
        "\n\nThe client calls it by itself; there is no need to."
    };
}

macro_rules! reply_type {
    (none) => { () };
    (number) => { Option<u64> };
    (list $reply:ident) => { alloc::vec::Vec<$reply<'static>> };
    (other $reply:ident) => { $reply };
    ($kind:ident $reply:ident) => { $reply<'static> };
}

macro_rules! read {
    ($outcome:ident, none) => {{
        let _ = $outcome;
        Ok(())
    }};
    ($outcome:ident, one $reply:ident) => {
        $crate::api::operation::whole::<$reply<'_>>(&$outcome.body).map($reply::into_owned)
    };
    ($outcome:ident, lenient $reply:ident) => {
        Ok($crate::api::operation::whole::<$reply<'_>>(&$outcome.body)
            .map($reply::into_owned)
            .unwrap_or_default())
    };
    ($outcome:ident, list $reply:ident) => {
        $crate::api::operation::whole::<$crate::model::List<'_, $reply<'_>>>(&$outcome.body)?
            .iter()
            .map(|element| element.map($reply::into_owned).map_err($crate::api::CallError::BadReply))
            .collect()
    };
    ($outcome:ident, inside $reply:ident $wrap:literal) => {
        $crate::api::operation::unwrapped::<$reply<'_>>(&$outcome.body, $wrap).map($reply::into_owned)
    };
    ($outcome:ident, number $wrap:literal) => {
        $crate::api::operation::member::<Option<u64>>(&$outcome.body, $wrap)
    };
    ($outcome:ident, other $reply:ident) => {
        $reply::read($outcome)
    };
}

/// Reading without owning: for those who read many replies, or large ones.
macro_rules! view {
    (one $reply:ident) => {
        /// The reply read in place: nothing is copied, and it lives as long as the outcome.
        pub fn view(outcome: &$crate::api::Outcome) -> Result<$reply<'_>, $crate::api::CallError> {
            $crate::api::operation::whole(&outcome.body)
        }
    };
    (lenient $reply:ident) => { $crate::api::operation::view!(one $reply); };
    (list $reply:ident) => {
        /// The reply read in place: elements are read while it is walked through, nothing is copied.
        pub fn view(
            outcome: &$crate::api::Outcome,
        ) -> Result<$crate::model::List<'_, $reply<'_>>, $crate::api::CallError> {
            $crate::api::operation::whole(&outcome.body)
        }
    };
    (inside $reply:ident $wrap:literal) => {
        /// The reply read in place: nothing is copied, and it lives as long as the outcome.
        pub fn view(outcome: &$crate::api::Outcome) -> Result<$reply<'_>, $crate::api::CallError> {
            $crate::api::operation::unwrapped(&outcome.body, $wrap)
        }
    };
    (none) => {};
    (number $wrap:literal) => {};
    (other $reply:ident) => {};
}

macro_rules! body {
    ($self:ident $request:ident [] [] []) => {};
    (
        $self:ident $request:ident
        [$($need_key:literal $need:ident)*] [$($part:ident)*] [$($field_key:literal $field:ident)*]
        $($object:ident)?
    ) => {
        #[allow(unused_mut, reason = "a body may be empty")]
        let mut object = $crate::api::body::Object::default();
        $( object.put($need_key, &$self.$need); )*
        $( $crate::api::body::Members::put(&$self.$part, &mut object); )*
        $( object.maybe($field_key, $self.$field.as_ref()); )*
        let object = $crate::api::operation::finish!(object $($object)?);
        if let Some(object) = object {
            $request = $request.with_body(object);
        }
    };
}

macro_rules! finish {
    ($object:ident) => {
        $object.unless_empty()
    };
    ($object:ident $word:ident) => {
        Some($object.finish())
    };
}

pub(crate) use {
    body, finish, flag_text, limit, operations, read, repeat, reply_type, segment_type, template, verb, view,
};
