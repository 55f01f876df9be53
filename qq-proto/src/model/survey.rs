//! Looks through a payload for what its types do not know.

use super::cursor::{Cursor, Fill};
use super::error::Expected;
use super::field::{Field, Kind, Shape};
use super::list::{List, MAX_LEVEL};
use super::rich::{RichDocument, RichElement};
use super::text::Str;
use super::time::Time;

/// Something that the types do not know, at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd<'j> {
    /// A key; it is the last step of the path.
    Key,
    /// A number without a name.
    Code(i64),
    /// A word without a name.
    Word(&'j str),
    /// A value of another shape.
    Misfit(Expected),
}

/// Told of each thing that is odd. Steps of the path from the outside to the inside.
pub(crate) type Note<'n> = &'n mut dyn FnMut(&[&str], Odd<'_>);

/// Deeper than any payload lies: what is below is not looked at.
const DEEPEST: usize = 24;

/// Where the survey stands.
struct Path<'p> {
    steps: [&'p str; DEEPEST],
    depth: usize,
}

impl<'p> Path<'p> {
    fn push(&self, step: &'p str) -> Option<Path<'p>> {
        let mut steps = self.steps;
        *steps.get_mut(self.depth)? = step;
        Some(Path { steps, depth: self.depth + 1 })
    }

    fn steps(&self) -> &[&'p str] {
        self.steps.get(..self.depth).unwrap_or_default()
    }
}

/// Looks through the payload of an event, `body`, which is well-formed JSON.
pub(crate) fn survey(shape: Shape, body: &str, note: Note<'_>) {
    let path = Path { steps: [""; DEEPEST], depth: 0 };
    let _ = look(shape, &mut Cursor::new(body), &path, 0, note);
}

/// Passes over the value at the cursor and says what is odd about it. An error only if it is not JSON.
fn look(
    shape: Shape,
    cursor: &mut Cursor<'_>,
    path: &Path<'_>,
    level: u8,
    note: Note<'_>,
) -> Result<(), Expected> {
    cursor.peek();
    let start = cursor.at();
    let whole = cursor.skip()?;
    let end = cursor.at();
    if whole == "null" {
        return Ok(());
    }
    cursor.rewind(start);
    let found = match shape.0 {
        Kind::Object(fields) => return object(fields(), cursor, path, level, note),
        Kind::List(element) => return list(*element, cursor, path, level, note),
        Kind::Rich => {
            rich(cursor, path, level, note);
            None
        }
        Kind::Json => None,
        Kind::Text | Kind::Link => cursor.text().err().map(Odd::Misfit),
        Kind::Time => {
            let mut time = Time::default();
            let understood = time.fill(cursor, "").is_ok() && (time.is_empty() || time.unix_ms().is_some());
            (!understood).then_some(Odd::Misfit(Expected::Text))
        }
        Kind::Bool => cursor.bool().err().map(Odd::Misfit),
        Kind::Integer(fits) => match cursor.integer() {
            Ok(Some(number)) if !fits(number) => Some(Odd::Misfit(Expected::Integer)),
            Ok(_) => None,
            Err(expected) => Some(Odd::Misfit(expected)),
        },
        Kind::Code(known) => match cursor.integer().map(|number| number.map(i64::try_from)) {
            Ok(Some(Ok(code))) => (!known(code)).then_some(Odd::Code(code)),
            Ok(Some(Err(_))) => Some(Odd::Misfit(Expected::Integer)),
            Ok(None) => None,
            Err(expected) => Some(Odd::Misfit(expected)),
        },
        Kind::Word(known) => match cursor.text() {
            Ok(word) => {
                if !known(&word) {
                    note(path.steps(), Odd::Word(&word));
                }
                None
            }
            Err(expected) => Some(Odd::Misfit(expected)),
        },
    };
    if let Some(odd) = found {
        note(path.steps(), odd);
    }
    cursor.rewind(end);
    Ok(())
}

fn object(
    fields: &'static [(&'static str, Shape)],
    cursor: &mut Cursor<'_>,
    path: &Path<'_>,
    level: u8,
    note: Note<'_>,
) -> Result<(), Expected> {
    let Ok(mut lead) = cursor.object() else {
        note(path.steps(), Odd::Misfit(Expected::Object));
        return cursor.skip().map(drop);
    };
    let mut store = Str::default();
    while cursor.member(&mut lead)? {
        let key = cursor.key(&mut store);
        let known = fields.iter().find(|(known, _)| *known == key);
        let step = path.push(known.map_or(key, |(known, _)| *known));
        match (known, step) {
            (Some((_, shape)), Some(path)) => look(*shape, cursor, &path, level, note)?,
            (None, Some(path)) => {
                note(path.steps(), Odd::Key);
                cursor.skip()?;
            }
            (_, None) => drop(cursor.skip()?),
        }
    }
    Ok(())
}

fn list(
    element: Shape,
    cursor: &mut Cursor<'_>,
    path: &Path<'_>,
    level: u8,
    note: Note<'_>,
) -> Result<(), Expected> {
    if cursor.peek() != Some(b'[') {
        note(path.steps(), Odd::Misfit(Expected::List));
        return cursor.skip().map(drop);
    }
    if level > MAX_LEVEL {
        return cursor.skip().map(drop);
    }
    cursor.take(b'[');
    while !cursor.take(b']') {
        look(element, cursor, path, level + 1, note)?;
        cursor.take(b',');
    }
    Ok(())
}

/// Rich text is JSON, or a text that holds some.
fn rich(cursor: &mut Cursor<'_>, path: &Path<'_>, level: u8, note: Note<'_>) {
    let first = cursor.peek();
    let text = match first {
        Some(b'"') => cursor.text(),
        Some(b'{' | b'[') => cursor.skip().map(Str::borrowed),
        _ => Err(Expected::Text),
    };
    let Ok(text) = text else {
        note(path.steps(), Odd::Misfit(Expected::Text));
        return;
    };
    let mut inner = Cursor::new(&text);
    let shape = match inner.peek() {
        Some(b'{') => RichDocument::SHAPE,
        Some(b'[') => <List<'_, RichElement<'_>> as Field>::SHAPE,
        // Plain text.
        _ => return,
    };
    if look(shape, &mut inner, path, level, note).is_err() {
        note(path.steps(), Odd::Misfit(Expected::Json));
    }
}
