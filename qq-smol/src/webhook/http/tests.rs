use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn rules() -> Rules {
    Rules {
        path: "/hook".to_owned(),
        head_bytes: 1024,
        body_bytes: 100,
        request_timeout: 5 * SECOND,
        keep_alive: 60 * SECOND,
    }
}

/// The bodies that came, what was said to them (each is answered with itself), and whether it ended.
fn talk(pieces: &[&[u8]]) -> (Vec<String>, String, bool) {
    let rules = rules();
    let now = Instant::now();
    let mut http = Connection::new(now, &rules);
    let (mut bodies, mut said) = (Vec::new(), Vec::new());
    let mut pieces = pieces.iter();
    let ended = loop {
        let step = http.step();
        said.extend(http.output());
        match step {
            Step::Answer(request) => {
                bodies.push(String::from_utf8(request.body.to_vec()).unwrap());
                let answer = Answer { status: 200, content_type: Some("text/plain"), body: request.body };
                http.answer(now, &answer);
            }
            Step::Read { .. } => match pieces.next() {
                Some(piece) => http.received(now, piece),
                None => break false,
            },
            Step::End => break true,
        }
    };
    (bodies, String::from_utf8(said).unwrap(), ended)
}

fn one(text: &str) -> (Vec<String>, String, bool) {
    talk(&[text.as_bytes()])
}

/// The status of the only answer.
fn status(text: &str) -> String {
    let (bodies, said, ended) = one(text);
    assert!(bodies.is_empty() && ended, "{text:?}: {said}");
    assert!(said.ends_with("\r\n\r\n") && said.contains("Connection: close\r\n"), "{said}");
    said.strip_prefix("HTTP/1.1 ").unwrap()[..3].to_owned()
}

#[test]
fn a_request_is_handed_out_and_answered() {
    let (bodies, said, ended) = one("POST /hook?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((bodies, ended), (vec!["hello".to_owned()], false));
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("\r\n\r\nhello"), "{said}");
    assert!(
        said.contains("content-length: 5\r\n") && said.contains("content-type: text/plain\r\n"),
        "{said}"
    );
}

#[test]
fn it_makes_no_difference_how_the_bytes_come() {
    let whole = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\n\n\n\n\n\n\n\n\n\n}\
                 POST /hook HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=1\r\nabc\r\n1\r\nd\r\n0\r\nT: x\r\n\r\n\
                 POST /hook HTTP/1.1\nContent-Length: 0\n\n\
                 \r\nPOST /hook HTTP/1.1\r\nContent-Length: 2, 2\r\nConnection: close\r\n\r\nxy";
    let expected = one(whole);
    assert_eq!(expected.0, ["{\n\n\n\n\n\n\n\n\n\n}", "abcd", "", "xy"]);
    assert!(expected.2, "it was asked to close");
    for size in 1..whole.len() {
        let pieces: Vec<&[u8]> = whole.as_bytes().chunks(size).collect();
        assert!(talk(&pieces) == expected, "pieces of {size}");
    }
    for cut in 1..whole.len() {
        let (before, after) = whole.as_bytes().split_at(cut);
        assert!(talk(&[before, after]) == expected, "cut at {cut}");
    }
}

#[test]
fn what_is_not_wanted_is_refused() {
    let post = "POST /hook HTTP/1.1\r\n";
    let long = "x".repeat(1100);
    for (request, expected) in [
        ("POST / HTTP/1.1\r\n\r\n".to_owned(), "404"),
        ("POST /hook/ HTTP/1.1\r\nContent-Length: 1\r\n\r\n".to_owned(), "404"),
        ("GET /other HTTP/1.1\r\n\r\n".to_owned(), "404"),
        ("GET /hook HTTP/1.1\r\n\r\n".to_owned(), "405"),
        ("HEAD /hook HTTP/1.1\r\n\r\n".to_owned(), "405"),
        ("CONNECT /hook HTTP/1.1\r\n\r\n".to_owned(), "405"),
        ("PUT /hook HTTP/1.1\r\nContent-Length: 9\r\n\r\n".to_owned(), "405"),
        (format!("{post}\r\n"), "411"),
        (format!("{post}Content-Length: 101\r\n\r\n"), "413"),
        (format!("{post}Content-Length: 18446744073709551615\r\n\r\n"), "413"),
        (format!("{post}Content-Length: 18446744073709551616\r\n\r\n"), "400"),
        (format!("{post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), "400"),
        (format!("{post}Content-Length: -1\r\n\r\n"), "400"),
        (format!("{post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "400"),
        (format!("{post}Transfer-Encoding: gzip, chunked\r\n\r\n"), "501"),
        (format!("{post}Transfer-Encoding: gzip\r\n\r\n"), "501"),
        (format!("{post}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"), "501"),
        ("POST /hook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), "400"),
        (format!("{post}X: {long}"), "431"),
        (format!("{post}X: {long}\r\nContent-Length: 1\r\n\r\nx"), "431"),
        (format!("{post}{}\r\n", "X: y\r\n".repeat(129)), "431"),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "400"),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n"), "400"),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\n65\r\n{}\r\n", "y".repeat(101)), "413"),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\n{}", "1\r\na\r\n".repeat(30)), "413"),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\n0\r\nT: {}", "y".repeat(5000)), "400"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "400"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(), "400"),
        ("hello\r\n".to_owned(), "400"),
        ("\0".repeat(100), "400"),
    ] {
        assert_eq!(status(&request), expected, "{request:?}");
    }
    assert!(one("GET /hook HTTP/1.1\r\n\r\n").1.contains("Allow: POST\r\n"));
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on() {
    let head = "POST /hook HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    let (bodies, said, _) = one(head);
    assert!(bodies.is_empty());
    assert_eq!(said, "HTTP/1.1 100 Continue\r\n\r\n");
    let (bodies, said, _) = talk(&[head.as_bytes(), b"ok"]);
    assert_eq!(bodies, ["ok"]);
    assert!(said.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "{said}");
    // What is too large need not be sent.
    assert_eq!(status(&head.replace(": 2", ": 200")), "413");
    // A client of HTTP/1.0 knows no such answer.
    assert_eq!(one(&head.replace("HTTP/1.1", "HTTP/1.0")).1, "");
}

#[test]
fn http_1_0_gets_its_answer_and_the_end() {
    let (bodies, said, ended) = one("POST /hook HTTP/1.0\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!((bodies, ended), (vec!["ok".to_owned()], true));
    assert!(said.ends_with("\r\n\r\nok"), "{said}");
}

/// What `step` says of the wait.
fn wait(http: &mut Connection<'_>) -> (Instant, bool) {
    match http.step() {
        Step::Read { until, idle } => (until, idle),
        Step::Answer(_) | Step::End => panic!("it does not wait"),
    }
}

#[test]
fn each_request_has_its_time_and_so_has_the_wait_for_it() {
    let rules = rules();
    let start = Instant::now();
    let mut http = Connection::new(start, &rules);
    assert_eq!(wait(&mut http), (start + 5 * SECOND, false));
    // Trickling bytes do not make it longer.
    http.received(start + 4 * SECOND, b"POST /hook HTTP/1.1\r\nContent-Length: 1\r\n\r\n");
    assert_eq!(wait(&mut http), (start + 5 * SECOND, false));
    http.received(start + 4 * SECOND, b"x");
    assert!(matches!(http.step(), Step::Answer(_)));
    let answer = Answer { status: 200, content_type: None, body: Bytes::new() };
    http.answer(start + 4 * SECOND, &answer);
    assert_eq!(wait(&mut http), (start + 64 * SECOND, true));
    http.received(start + 50 * SECOND, b"P");
    assert_eq!(wait(&mut http), (start + 55 * SECOND, false));
    http.output();
    http.timed_out();
    assert!(matches!(http.step(), Step::End));
    assert!(http.output().starts_with(b"HTTP/1.1 408 "));
}

#[test]
fn nothing_is_said_to_who_says_nothing() {
    let rules = rules();
    let mut http = Connection::new(Instant::now(), &rules);
    http.timed_out();
    assert!(matches!(http.step(), Step::End));
    assert!(http.output().is_empty());
}

#[test]
fn when_it_leaves_the_request_under_way_is_the_last() {
    let rules = rules();
    let start = Instant::now();
    let mut http = Connection::new(start, &rules);
    http.received(start, b"POST /hook HTTP/1.1\r\nContent-Length: 1\r\n\r\n");
    wait(&mut http);
    http.leave(start);
    assert_eq!(wait(&mut http), (start + GRACE, false));
    http.received(start, b"xPOST /hook HTTP/1.1\r\n");
    assert!(matches!(http.step(), Step::Answer(_)));
    http.answer(start, &Answer { status: 200, content_type: None, body: Bytes::new() });
    assert!(matches!(http.step(), Step::End));
    let said = String::from_utf8(http.output()).unwrap();
    assert!(said.contains("connection: close\r\n"), "{said}");
    // One that waits goes at once.
    let mut http = Connection::new(start, &rules);
    http.received(start, b"POST /hook HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(http.step(), Step::Answer(_)));
    http.answer(start, &Answer { status: 200, content_type: None, body: Bytes::new() });
    assert!(wait(&mut http).1);
    http.leave(start);
    assert!(matches!(http.step(), Step::End));
}
