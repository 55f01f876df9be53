//! What every type of a payload can do besides being read: be written again, outlive its payload, and say
//! what it knows.

use super::text::Str;
use serde::Serialize;

/// The value of a field. Sealed: the payloads are the platform's.
#[expect(unnameable_types, reason = "sealed: only the payloads of this crate have it")]
pub trait Field: Serialize {
    /// The same type without the payload.
    type Owned: 'static;

    /// What is known about it.
    const SHAPE: Shape;

    /// The same value without the payload.
    fn into_owned(self) -> Self::Owned;

    /// The platform sent nothing, or something as good as nothing: it is not written.
    fn is_absent(&self) -> bool;
}

/// What [`record!`](super::record) declares, for options of it.
#[expect(unnameable_types, reason = "sealed: only the payloads of this crate have it")]
pub trait Record: Field {}

/// What a type knows about its JSON.
#[derive(Clone, Copy, Debug)]
pub struct Shape(pub(crate) Kind);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Text, or a number in its place.
    Text,
    /// A moment.
    Time,
    /// A link.
    Link,
    /// A whole number: which ones fit.
    Integer(fn(i128) -> bool),
    /// `true` or `false`.
    Bool,
    /// A number with names: which ones have one.
    Code(fn(i64) -> bool),
    /// A word with names: which ones have one.
    Word(fn(&str) -> bool),
    /// JSON that is not looked into.
    Json,
    /// Rich text in one of its dresses.
    Rich,
    /// An array.
    List(&'static Shape),
    /// An object: its keys.
    Object(fn() -> &'static [(&'static str, Shape)]),
}

impl Shape {
    /// The keys of an object, of the elements of an array, or of nothing.
    pub fn fields(self) -> &'static [(&'static str, Self)] {
        match self.0 {
            Kind::Object(fields) => fields(),
            Kind::List(element) => element.fields(),
            Kind::Text
            | Kind::Time
            | Kind::Link
            | Kind::Integer(_)
            | Kind::Bool
            | Kind::Code(_)
            | Kind::Word(_)
            | Kind::Json
            | Kind::Rich => &[],
        }
    }

    /// What an array holds; anything else is its own.
    #[must_use]
    pub const fn element(self) -> Self {
        match self.0 {
            Kind::List(element) => *element,
            Kind::Text
            | Kind::Time
            | Kind::Link
            | Kind::Integer(_)
            | Kind::Bool
            | Kind::Code(_)
            | Kind::Word(_)
            | Kind::Json
            | Kind::Rich
            | Kind::Object(_) => self,
        }
    }

    /// One word for it: `text`, `time`, `object`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Text => "text",
            Kind::Time => "time",
            Kind::Link => "link",
            Kind::Integer(_) => "integer",
            Kind::Bool => "bool",
            Kind::Code(_) => "code",
            Kind::Word(_) => "word",
            Kind::Json => "json",
            Kind::Rich => "rich text",
            Kind::List(_) => "list",
            Kind::Object(_) => "object",
        }
    }
}

macro_rules! integers {
    ($($int:ty),*) => { $(
        impl Field for Option<$int> {
            type Owned = Self;
            const SHAPE: Shape = Shape(Kind::Integer(|number| <$int>::try_from(number).is_ok()));

            fn into_owned(self) -> Self {
                self
            }

            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }
    )* };
}

integers!(i64, u64, u32);

impl Field for bool {
    type Owned = Self;
    const SHAPE: Shape = Shape(Kind::Bool);

    fn into_owned(self) -> Self {
        self
    }

    /// Missing is false.
    fn is_absent(&self) -> bool {
        !self
    }
}

impl Field for Str<'_> {
    type Owned = Str<'static>;
    const SHAPE: Shape = Shape(Kind::Text);

    fn into_owned(self) -> Str<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Record> Field for Option<T> {
    type Owned = Option<T::Owned>;
    const SHAPE: Shape = T::SHAPE;

    fn into_owned(self) -> Self::Owned {
        self.map(Field::into_owned)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}
