use super::*;
use crate::error::OptionsError;
use crate::options::Options;

#[test]
fn an_address_is_ip_and_port_and_perhaps_a_path() {
    for (text, address, path) in [
        ("127.0.0.1:8080", "127.0.0.1:8080", "/"),
        ("127.0.0.1:8080/", "127.0.0.1:8080", "/"),
        ("0.0.0.0:443/qq/hook", "0.0.0.0:443", "/qq/hook"),
        ("[::1]:0/a.b-c_d~%7E", "[::1]:0", "/a.b-c_d~%7E"),
    ] {
        let webhook: Webhook = text.parse().unwrap();
        assert_eq!((webhook.address.to_string().as_str(), webhook.path.as_str()), (address, path));
    }
    for text in
        ["", "8080", ":8080", "127.0.0.1", "localhost:8080", "http://127.0.0.1:80", "127.0.0.1:99999", "/x"]
    {
        assert_eq!(text.parse::<Webhook>().unwrap_err(), WebhookError::Address, "{text:?}");
    }
    for path in ["/a b", "/a?b", "/a#b", "/\u{4e2d}", "/a\r\nX: y", "/{x}"] {
        let text = format!("127.0.0.1:80{path}");
        assert_eq!(text.parse::<Webhook>().unwrap_err(), WebhookError::Path, "{path:?}");
    }
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    assert_eq!(Webhook::new(local).with_path("qq").unwrap_err(), WebhookError::Path);
}

fn with(vars: &[(&str, &str)]) -> Result<Option<Webhook>, OptionsError> {
    let var =
        |name: &str| vars.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    Options::from_vars(var).map(|options| options.webhook)
}

#[test]
fn variables_make_a_server_or_say_which_of_them_is_wrong() {
    assert!(with(&[]).unwrap().is_none() && with(&[(WEBHOOK, " ")]).unwrap().is_none());
    let webhook = with(&[(WEBHOOK, " 127.0.0.1:8080/qq ")]).unwrap().unwrap();
    assert_eq!((webhook.path.as_str(), webhook.has_certificate()), ("/qq", false));
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let listen = (WEBHOOK, "127.0.0.1:0");
    let rows: [(&[(&str, &str)], &str); 7] = [
        (&[(WEBHOOK, "8080")], "QQ_WEBHOOK: the webhook's address must be"),
        (&[(CERT, manifest)], "QQ_WEBHOOK_CERT: there is a certificate or key, but no address"),
        (&[(KEY, manifest)], "QQ_WEBHOOK_KEY: there is a certificate or key, but no address"),
        (&[listen, (CERT, manifest)], "QQ_WEBHOOK_CERT: a certificate needs its private key"),
        (&[listen, (KEY, manifest)], "QQ_WEBHOOK_KEY: a certificate needs its private key"),
        (&[listen, (CERT, "/no/such/file"), (KEY, manifest)], "QQ_WEBHOOK_CERT: the file cannot be read: "),
        (
            &[listen, (CERT, manifest), (KEY, manifest)],
            "QQ_WEBHOOK_CERT: there is no certificate in PEM form",
        ),
    ];
    for (vars, words) in rows {
        let error = with(vars).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
}

/// A certificate for `localhost`, and its key.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn a_certificate_needs_its_own_key() {
    let webhook = Webhook::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    let ((certificate, key), (_, other)) = (certificate(), certificate());
    let with = |certificate: &str, key: &str| {
        webhook
            .clone()
            .with_certificate(certificate.as_bytes(), key.as_bytes())
            .map(|webhook| format!("{webhook:?}"))
    };
    let shown = with(&certificate, &key).unwrap();
    assert!(shown.contains("tls: true") && !shown.contains("PRIVATE"), "{shown}");
    assert_eq!(with(&certificate, &other).unwrap_err(), WebhookError::Mismatch);
    assert_eq!(with(&key, &key).unwrap_err(), WebhookError::Certificate);
    assert_eq!(with(&certificate, &certificate).unwrap_err(), WebhookError::Key);
    assert_eq!(with("", "").unwrap_err(), WebhookError::Certificate);
    let both = format!("{key}{certificate}");
    assert!(with(&both, &both).is_ok(), "one file with both");
}
