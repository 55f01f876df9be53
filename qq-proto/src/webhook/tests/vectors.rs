//! Signatures that were made elsewhere.

extern crate std;

use serde_json::Value;

use super::*;

/// The official documents' validation: what must be signed, and the signature.
#[test]
fn the_documented_validation_is_answered_with_the_documented_signature() {
    let mut bench = Bench::new(Settings::new(APP, "DG5g3B4j9X2KOErG"));
    let body = r#"{"d":{"plain_token":"Arq0D5A61EgUu4OxUvOp","event_ts":"1725442341"},"op":13}"#;
    let answer = done(bench.request(&unsigned(), body.as_bytes()));
    assert_eq!(answer.response.content_type(), Some("application/json"));
    let reply: Value = serde_json::from_slice(&answer.response.body).unwrap();
    assert_eq!(reply["plain_token"], "Arq0D5A61EgUu4OxUvOp");
    assert_eq!(
        reply["signature"],
        "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0\
         1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706"
    );
    let public = "8b28ded5630f9051c205dd04c6ec56ad0b08b8812b2fe30ee9aece0ab41926f3";
    assert_eq!(hex(&bench.webhook.public_key(APP).unwrap()), public);
}

/// The official documents' request, whose body is printed there without the line breaks it was signed with.
#[test]
fn the_documented_request_is_verified() {
    let signature = "865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a\
                     8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002";
    let headers = Vec::from([
        ("x-bot-appid", APP.into()),
        ("x-signature-ed25519", signature.into()),
        ("x-signature-timestamp", "1725442341".into()),
    ]);
    let mut bench = Bench::new(Settings::new(APP, "naOC0ocQE3shWLAfffVLB1rhYPG7"));
    bench.unix = 1_725_442_341 + 600;
    let body = "{\n  \"op\": 0,\n  \"d\": {},\n  \"t\": \"GATEWAY_EVENT_NAME\"\n}";
    let event = delivered(bench.request(&headers, body.as_bytes()));
    assert_eq!((event.dispatch.name(), &*event.app_id), ("GATEWAY_EVENT_NAME", APP));
    let printed = r#"{ "op": 0,"d": {}, "t": "GATEWAY_EVENT_NAME"}"#;
    assert_eq!(refused(bench.request(&headers, printed.as_bytes())), Refusal::BadSignature);
    let public = "d7c362fe78aef81ff23287b493628b5db02a3c4fe30b215e4d19609b5d76673a";
    assert_eq!(hex(&bench.webhook.public_key(APP).unwrap()), public);
}

/// The project's further vectors, where they are at hand.
#[test]
fn further_vectors() {
    let Some(dir) = std::env::var_os("QQ_FIXTURES") else {
        return;
    };
    let file = std::path::Path::new(&dir).join("gateway/webhook_vectors.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vectors = all["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 15);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let key = WebhookKey::new(&Secret::new(text("secret"))).unwrap();
        assert_eq!(hex(&key.public_key()), text("public_key_hex"), "{}", text("name"));
        let bytes: Vec<u8> = text("signature_hex")
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let signature = bytes.try_into().unwrap();
        let valid = key.verify(text("timestamp").as_bytes(), text("body").as_bytes(), &signature);
        assert_eq!(valid, vector["valid"].as_bool().unwrap(), "{}", text("name"));
        if valid {
            let message = format!("{}{}", text("timestamp"), text("body"));
            assert_eq!(key.sign(message.as_bytes()), signature, "{}", text("name"));
        }
    }
}
