//! Declares what a payload looks like: a line per field, and nothing else.

/// A struct that reads itself from a JSON object: `"key" => field: Type`.
///
/// Unknown keys are passed over, a null is the field's default, the last of two equal keys wins.
///
/// `as Kind` behind the type says what is known of it, where that is more than the type knows.
macro_rules! record {
    (@shape $type:ty) => { <$type as $crate::model::field::Field>::SHAPE };
    (@shape $type:ty, $kind:expr) => { $crate::model::field::Shape($kind) };
    ($(
        $(#[$meta:meta])*
        $name:ident { $( $(#[$about:meta])* $key:literal => $field:ident: $type:ty $(as $kind:expr)?, )* }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name<'a> {
            $( $(#[$about])* pub $field: $type, )*
        }

        impl<'a> $name<'a> {
            fn members(
                &mut self,
                cursor: &mut $crate::model::cursor::Cursor<'a>,
                field: &'static str,
            ) -> Result<(), $crate::model::error::DecodeError> {
                use $crate::model::{cursor::Fill, error::DecodeError};
                let fail = |expected| DecodeError::at(field, expected);
                let mut lead = cursor.object().map_err(fail)?;
                loop {
                    // Known keys as they are nearly always written, in any order: told apart by the eight bytes
                    // with which they begin, and then compared whole.
                    if let Some(word) = cursor.ahead(lead) {
                        $(
                            const { assert!($crate::model::cursor::is_plain($key)) };
                            if word & const { $crate::model::cursor::mask($key) }
                                == const { $crate::model::cursor::word($key) }
                                && cursor.usual(concat!("\"", $key, "\":"))
                            {
                                lead = b',';
                                Fill::fill(&mut self.$field, cursor, $key)
                                    .map_err(|error| error.under(field))?;
                                continue;
                            }
                        )*
                    }
                    // White space, escapes, unknown keys, the end.
                    if !cursor.member(&mut lead).map_err(fail)? {
                        return Ok(());
                    }
                    let mut store = $crate::model::text::Str::default();
                    match cursor.key(&mut store) {
                        $( $key => Fill::fill(&mut self.$field, cursor, $key).map_err(|error| error.under(field))?, )*
                        _ => { cursor.skip().map_err(fail)?; }
                    }
                }
            }
        }

        impl<'a> $crate::model::record::Object<'a> for $name<'a> {
            fn object(
                &mut self,
                cursor: &mut $crate::model::cursor::Cursor<'a>,
                field: &'static str,
            ) -> Result<(), $crate::model::error::DecodeError> {
                self.members(cursor, field)
            }

            fn nested(&mut self, level: u8) {
                $( $crate::model::cursor::Fill::nested(&mut self.$field, level); )*
            }
        }

        impl $name<'_> {
            /// The same without the payload: one call, when it shall outlive its dispatch.
            pub fn into_owned(self) -> $name<'static> {
                $name { $( $field: $crate::model::field::Field::into_owned(self.$field), )* }
            }
        }

        impl<'a> $crate::model::field::Field for $name<'a> {
            type Owned = $name<'static>;
            const SHAPE: $crate::model::field::Shape =
                $crate::model::field::Shape($crate::model::field::Kind::Object(|| const {
                    &[$( ($key, $crate::model::record::record!(@shape $type $(, $kind)?)), )*]
                }));

            fn into_owned(self) -> $name<'static> {
                Self::into_owned(self)
            }

            fn is_absent(&self) -> bool {
                $( $crate::model::field::Field::is_absent(&self.$field) )&&*
            }
        }

        impl $crate::model::field::Record for $name<'_> {}

        /// The JSON object with the keys of the platform. What was not sent, or was sent empty, is left out.
        /// Holds keys to files and whatever else was sent: not for logs.
        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $( if !$crate::model::field::Field::is_absent(&self.$field) {
                    map.serialize_entry($key, &self.$field)?;
                } )*
                map.end()
            }
        }

        #[cfg(test)]
        impl $crate::model::check::Check for $name<'_> {
            fn check(&self, json: &serde_json::Value, path: &str) {
                $crate::model::check::keys(json, &[$($key),*], path);
                $( self.$field.check(&json[$key], &alloc::format!("{path}.{}", $key)); )*
            }
        }
    )* };
}

/// Numbers with names: `0 => Text`. Unknown ones are kept.
macro_rules! codes {
    ($(
        $(#[$meta:meta])*
        $name:ident { $( $(#[$about:meta])* $code:literal => $variant:ident, )* }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$about])* $variant, )*
            /// One this version has no name for.
            Other(i64),
        }

        impl $name {
            /// The number on the wire.
            pub const fn code(self) -> i64 {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Other(code) => code,
                }
            }
        }

        impl From<i64> for $name {
            fn from(code: i64) -> Self {
                match code {
                    $( $code => Self::$variant, )*
                    code => Self::Other(code),
                }
            }
        }

        impl<'a> $crate::model::cursor::Fill<'a> for Option<$name> {
            fn fill(
                &mut self,
                cursor: &mut $crate::model::cursor::Cursor<'a>,
                field: &'static str,
            ) -> Result<(), $crate::model::error::DecodeError> {
                let mut code = None::<i64>;
                code.fill(cursor, field)?;
                *self = code.map(Into::into);
                Ok(())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.code())
            }
        }

        impl $crate::model::field::Field for Option<$name> {
            type Owned = Self;
            const SHAPE: $crate::model::field::Shape =
                $crate::model::field::Shape($crate::model::field::Kind::Code(|code| {
                    !matches!($name::from(code), $name::Other(_))
                }));

            fn into_owned(self) -> Self {
                self
            }

            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }

        #[cfg(test)]
        impl $crate::model::check::Check for Option<$name> {
            fn check(&self, json: &serde_json::Value, path: &str) {
                self.map($name::code).check(json, path);
            }
        }
    )* };
}

/// Words with names: `"owner" => Owner`. Unknown ones are kept; an empty one is none.
macro_rules! words {
    ($(
        $(#[$meta:meta])*
        $name:ident { $( $(#[$about:meta])* $word:literal => $variant:ident, )* }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name<'a> {
            $( $(#[$about])* $variant, )*
            /// One this version has no name for.
            Other($crate::model::text::Str<'a>),
        }

        impl $name<'_> {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )*
                    Self::Other(word) => word,
                }
            }

            /// The same without the payload.
            pub fn into_owned(self) -> $name<'static> {
                match self {
                    $( Self::$variant => $name::$variant, )*
                    Self::Other(word) => $name::Other(word.into_owned()),
                }
            }
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::model::field::Field for Option<$name<'_>> {
            type Owned = Option<$name<'static>>;
            const SHAPE: $crate::model::field::Shape =
                $crate::model::field::Shape($crate::model::field::Kind::Word(|word| {
                    matches!(word, "" $( | $word )*)
                }));

            fn into_owned(self) -> Self::Owned {
                self.map($name::into_owned)
            }

            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }

        impl<'a> $crate::model::cursor::Fill<'a> for Option<$name<'a>> {
            fn fill(
                &mut self,
                cursor: &mut $crate::model::cursor::Cursor<'a>,
                field: &'static str,
            ) -> Result<(), $crate::model::error::DecodeError> {
                let mut word = $crate::model::text::Str::default();
                word.fill(cursor, field)?;
                *self = match word.as_str() {
                    "" => None,
                    $( $word => Some($name::$variant), )*
                    _ => Some($name::Other(word)),
                };
                Ok(())
            }
        }

        #[cfg(test)]
        impl $crate::model::check::Check for Option<$name<'_>> {
            fn check(&self, json: &serde_json::Value, path: &str) {
                let word = self.as_ref().map_or("", $name::as_str);
                $crate::model::text::Str::borrowed(word).check(json, path);
            }
        }
    )* };
}

pub(crate) use {codes, record, words};

use super::cursor::{Cursor, Fill};
use super::error::DecodeError;

/// What [`record!`] declares.
#[expect(unnameable_types, reason = "sealed: only the payloads of this crate are read with it")]
pub trait Object<'a>: Default + Clone {
    /// Reads an object into an empty self.
    fn object(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError>;

    /// Tells the lists inside how deep they lie.
    fn nested(&mut self, level: u8);
}

impl<'a, T: Object<'a>> Fill<'a> for T {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        *self = Self::default();
        if cursor.null().map_err(|expected| DecodeError::at(field, expected))? {
            return Ok(());
        }
        self.object(cursor, field)
    }

    fn nested(&mut self, level: u8) {
        Object::nested(self, level);
    }
}

impl<'a, T: Object<'a>> Fill<'a> for Option<T> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        *self = None;
        if !cursor.null().map_err(|expected| DecodeError::at(field, expected))? {
            self.insert(T::default()).object(cursor, field)?;
        }
        Ok(())
    }

    fn nested(&mut self, level: u8) {
        if let Some(inner) = self {
            Object::nested(inner, level);
        }
    }
}
