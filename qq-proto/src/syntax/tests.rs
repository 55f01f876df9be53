use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::api::Flaw;

const BOTH: [Dialect; 2] = [Dialect::Guild, Dialect::Chat];

fn text(text: &str) -> Piece<'_> {
    Piece::Text(text.into())
}

fn input<'a>(command: &'a str, show: Option<&'a str>, reference: bool) -> Piece<'a> {
    Piece::Input { text: command.into(), show: show.map(Into::into), reference }
}

#[test]
fn what_comes_in() {
    use Dialect::{Chat, Guild};
    let face = |kind, id, ext| Piece::Face(Face { kind, id, ext });
    let rows: &[(&[Dialect], &str, Vec<Piece<'_>>)] = &[
        (&BOTH, "", vec![]),
        (&BOTH, " hi ", vec![text(" hi ")]),
        (&BOTH, "<@!8172> hi", vec![Piece::User("8172"), text(" hi")]),
        (&BOTH, "a<@0E94_x-1>", vec![text("a"), Piece::User("0E94_x-1")]),
        (&BOTH, r#"<qqbot-at-user id="0E94" />x"#, vec![Piece::User("0E94"), text("x")]),
        (&BOTH, r#"<qqbot-at-user id="0E94"/>"#, vec![Piece::User("0E94")]),
        (&BOTH, "<qqbot-at-everyone />", vec![Piece::Everyone]),
        (&[Guild], "@everyone!", vec![Piece::Everyone, text("!")]),
        (&[Chat], "@everyone!", vec![text("@everyone!")]),
        (&[Guild], "<#71><emoji:4>", vec![Piece::Channel("71"), Piece::Emoji("4")]),
        (&[Chat], "<#71><emoji:4>", vec![text("<#71><emoji:4>")]),
        (&[Guild], "1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt; &x", vec![text("1 < 2 && 3 > 2 &lt; &x")]),
        (&[Chat], "1 < 2 &lt; <b>", vec![text("1 < 2 &lt; <b>")]),
        (
            &BOTH,
            r#"<faceType=1,faceId="13",ext="eyJ0ZXh0Ijoi5ZGy54mZIn0=">"#,
            vec![face("1", "13", "eyJ0ZXh0Ijoi5ZGy54mZIn0=")],
        ),
        (&BOTH, r#"<faceType=6,faceId="">"#, vec![face("6", "", "")]),
        (&BOTH, "<faceType=4>", vec![face("4", "", "")]),
        (&BOTH, r#"<qqbot-cmd-enter text="%2Fhelp" />"#, vec![Piece::Enter { text: "/help".into() }]),
        (
            &BOTH,
            r#"<qqbot-cmd-input text="a" show="%E5%A4%A9" reference="true" />"#,
            vec![input("a", Some("天"), true)],
        ),
        (&BOTH, r#"<qqbot-cmd-input text="%zz%4" />"#, vec![input("%zz%4", None, false)]),
        // Not quite.
        (&BOTH, "<@>", vec![text("<@>")]),
        (&BOTH, "<@a b>", vec![text("<@a b>")]),
        (&BOTH, "<@1", vec![text("<@1")]),
        (&BOTH, r#"<qqbot-at-user id="" />"#, vec![text(r#"<qqbot-at-user id="" />"#)]),
        (&BOTH, r#"<qqbot-at-user id="1" "#, vec![text(r#"<qqbot-at-user id="1" "#)]),
        (&BOTH, r#"<qqbot-cmd-enter show="x" />"#, vec![text(r#"<qqbot-cmd-enter show="x" />"#)]),
        (&BOTH, "<faceType=1,faceId=13>", vec![text("<faceType=1,faceId=13>")]),
        (&BOTH, "<<@1>>", vec![text("<"), Piece::User("1"), text(">")]),
    ];
    for (dialects, written, expected) in rows {
        for dialect in *dialects {
            assert_eq!(parse(*dialect, written).collect::<Vec<_>>(), *expected, "{dialect:?} {written}");
        }
    }
}

#[test]
fn faces_have_names() {
    let name = |ext| Face { kind: "1", id: "13", ext }.name();
    assert_eq!(name("eyJ0ZXh0Ijoi5ZGy54mZIn0=").as_deref(), Some("呲牙"));
    assert_eq!(name("eyJ0ZXh0Ijoi5ZGy54mZIn0").as_deref(), Some("呲牙"));
    for odd in ["", "!", "e30=", "eyJ0ZXh0Ijo1fQ==", "/w=="] {
        assert_eq!(name(odd), None, "{odd}");
    }
}

#[test]
fn what_a_person_reads() {
    let written = r#"<@!1> a &amp; b <qqbot-cmd-input text="%2Fx" show="X" reference="false" /><qqbot-cmd-enter text="go" />"#;
    assert_eq!(plain(Dialect::Guild, written), " a & b Xgo");
}

type Write = fn(Text) -> Text;

#[test]
fn each_scene_takes_its_own() {
    let scenes = [Scene::C2c, Scene::Group, Scene::Channel, Scene::Dm];
    let rows: [(Write, [bool; 4], &str); 6] = [
        (|text| text.user("1"), [false, true, true, false], "at-user"),
        (Text::everyone, [false, false, true, false], "at-everyone"),
        (|text| text.channel("1"), [false, false, true, true], "channel"),
        (|text| text.emoji("1"), [false, false, true, true], "emoji"),
        (|text| text.enter("1"), [true, false, false, false], "cmd-enter"),
        (|text| text.input("1"), [true, true, true, false], "cmd-input"),
    ];
    for (write, takes, field) in rows {
        for (scene, takes) in scenes.into_iter().zip(takes) {
            let result = write(Text::new(scene).text("a")).text("b").finish();
            assert_eq!(result.is_ok(), takes, "{field} in {scene:?}");
            if let Err(invalid) = result {
                assert_eq!((invalid.field, invalid.flaw), (field, Flaw::OutOfPlace));
            }
        }
    }
}

#[test]
fn tags_are_written_as_the_documents_show_them() {
    let channel = Text::new(Scene::Channel).user("8").everyone().channel("71").emoji("4").text("<&>");
    assert_eq!(
        channel.input_as("/天", "看", true).finish().unwrap(),
        "<qqbot-at-user id=\"8\" /><qqbot-at-everyone /><#71><emoji:4>&lt;&amp;&gt;\
         <qqbot-cmd-input text=\"%2F%E5%A4%A9\" show=\"%E7%9C%8B\" reference=\"true\" />"
    );
    assert_eq!(Text::new(Scene::C2c).enter("a b").finish().unwrap(), r#"<qqbot-cmd-enter text="a%20b" />"#);
    assert_eq!(
        Text::new(Scene::C2c).input("a").finish().unwrap(),
        r#"<qqbot-cmd-input text="a" reference="false" />"#
    );
}

#[test]
fn flaws_are_told_not_written() {
    let flaw = |text: Text| text.finish().unwrap_err();
    assert_eq!(flaw(Text::new(Scene::Group).user("")).flaw, Flaw::Empty);
    assert_eq!(flaw(Text::new(Scene::Group).user("1\" />x")).flaw, Flaw::OutOfRange);
    assert_eq!(flaw(Text::new(Scene::Group).user(&"1".repeat(129))).flaw, Flaw::TooLong { limit: 128 });
    assert_eq!(flaw(Text::new(Scene::C2c).enter("")).flaw, Flaw::Empty);
    // From the documents: 100 characters, whatever they are.
    assert!(Text::new(Scene::C2c).input(&"汉".repeat(100)).finish().is_ok());
    assert_eq!(flaw(Text::new(Scene::C2c).input(&"汉".repeat(101))).flaw, Flaw::TooLong { limit: 100 });
    assert_eq!(
        flaw(Text::new(Scene::C2c).input_as("a", &"b".repeat(101), false)).flaw,
        Flaw::TooLong { limit: 100 }
    );
    // The first one counts.
    assert_eq!(flaw(Text::new(Scene::C2c).user("1").enter("")).field, "at-user");
}

#[test]
fn what_a_person_typed_stays_text() {
    for typed in [
        "<@1>",
        "<@!1>",
        "@everyone",
        "<qqbot-at-everyone />",
        "<#1>",
        "<emoji:1>",
        "<faceType=1>",
        "&lt;",
        "a & b",
        "<\u{200b}@1>",
        "<\u{200b}\u{200b}@1>",
        "@\u{200b}everyone",
        "<",
        "@",
    ] {
        for scene in [Scene::Group, Scene::Channel] {
            let written = Text::new(scene).text(typed).finish().unwrap();
            assert_eq!(
                parse(scene.into(), &written).collect::<Vec<_>>(),
                [text(typed)],
                "{scene:?} {written}"
            );
        }
    }
    // In two halves, too.
    let written = Text::new(Scene::Group).text("<").text("@1>").finish().unwrap();
    assert_eq!(parse(Dialect::Chat, &written).collect::<Vec<_>>(), [text("<@1>")]);
}

/// What may be put together to something.
fn soup() -> impl Strategy<Value = String> {
    let bits = [
        "<",
        ">",
        "@",
        "!",
        "#",
        "&",
        ";",
        "&amp;",
        "&lt;",
        "&gt;",
        "amp;",
        "everyone",
        "qqbot-",
        "at-user",
        "cmd-input",
        "cmd-enter",
        " ",
        "id=\"",
        "text=\"",
        "show=\"",
        "reference=\"true\"",
        "\"",
        "/>",
        " />",
        "faceType=",
        "1",
        "0E94",
        ",faceId=\"",
        ",ext=\"",
        "emoji:",
        "\u{200b}",
        "%",
        "%E5",
        "天",
        "\n",
    ];
    prop::collection::vec(prop::sample::select(bits.to_vec()), 0..24).prop_map(|bits| bits.concat())
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    User(String),
    Everyone,
    Channel(String),
    Emoji(String),
    Input(String, Option<String>, bool),
}

fn part() -> impl Strategy<Value = Part> {
    let id = || "[A-Za-z0-9_-]{1,32}";
    prop_oneof![
        soup().prop_map(Part::Text),
        any::<String>().prop_map(Part::Text),
        id().prop_map(Part::User),
        Just(Part::Everyone),
        id().prop_map(Part::Channel),
        id().prop_map(Part::Emoji),
        (".{1,100}", prop::option::of(".{1,100}"), any::<bool>()).prop_map(|(a, b, c)| Part::Input(a, b, c)),
    ]
}

proptest! {
    #[test]
    fn escaping_round_trips(typed in prop_oneof![soup(), any::<String>()]) {
        for dialect in BOTH {
            let written = escape(dialect, &typed);
            prop_assert_eq!(unescape(dialect, &written), typed.as_str());
            let pieces: Vec<_> = parse(dialect, &written).collect();
            let expected = if typed.is_empty() { vec![] } else { vec![text(&typed)] };
            prop_assert_eq!(pieces, expected);
        }
    }

    #[test]
    fn what_is_written_is_read(parts in prop::collection::vec(part(), 0..8)) {
        let mut writer = Text::new(Scene::Channel);
        let mut expected: Vec<Piece<'_>> = Vec::new();
        for part in &parts {
            writer = match part {
                Part::Text(typed) => writer.text(typed),
                Part::User(id) => writer.user(id),
                Part::Everyone => writer.everyone(),
                Part::Channel(id) => writer.channel(id),
                Part::Emoji(id) => writer.emoji(id),
                Part::Input(command, None, false) => writer.input(command),
                Part::Input(command, show, reference) => {
                    writer.input_as(command, show.as_deref().unwrap_or(command), *reference)
                }
            };
            let piece = match part {
                Part::Text(typed) if typed.is_empty() => continue,
                Part::Text(typed) => {
                    if let Some(Piece::Text(last)) = expected.last_mut() {
                        last.to_mut().push_str(typed);
                        continue;
                    }
                    text(typed)
                }
                Part::User(id) => Piece::User(id),
                Part::Everyone => Piece::Everyone,
                Part::Channel(id) => Piece::Channel(id),
                Part::Emoji(id) => Piece::Emoji(id),
                Part::Input(command, None, false) => input(command, None, false),
                Part::Input(command, show, reference) => {
                    input(command, Some(show.as_ref().unwrap_or(command)), *reference)
                }
            };
            expected.push(piece);
        }
        let written = writer.finish().unwrap();
        prop_assert_eq!(parse(Dialect::Guild, &written).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn reading_is_total(soup in soup(), any in any::<String>()) {
        for dialect in BOTH {
            for written in [&soup, &any] {
                let pieces: Vec<_> = parse(dialect, written).collect();
                let texts = |pair: &[Piece<'_>]| pair.iter().all(|piece| matches!(piece, Piece::Text(_)));
                prop_assert!(!pieces.windows(2).any(texts));
                prop_assert!(!pieces.contains(&text("")));
                let _ = plain(dialect, written);
            }
        }
    }
}
