//! The service as its clients see it: every request, every decision's reasons, corrections, the end.

use std::path::Path;

use dnc_edge::Gallery;
use serde_json::{Value, json};

use crate::edge;
use crate::support::bundle::parts;
use crate::support::http::Server;
use crate::support::pictures::{picture, png};
use crate::support::site::site;

fn view(identity: usize, view: usize) -> Vec<u8> {
    png(&picture(identity, view))
}

#[test]
fn identify_answers_as_the_command_does() {
    let site = site();
    let server = site.serve(&[]);
    let probe = site.dir.path().join("probe.png");
    std::fs::write(&probe, view(2, 5)).unwrap();
    let line = edge!["identify", "--bundle", site.bundle, "--gallery", site.gallery, "--json", probe].done().json();
    let mut event = server.ask("POST", "/v1/identify?camera=gate&picture=probe", &view(2, 5)).json(200);
    assert_eq!((&event["id"], &event["camera"], &event["picture"]), (&json!(1), &json!("gate"), &json!("probe")));
    assert!(event["why"].as_str().unwrap().contains("reaches the threshold 0.980"), "{event}");
    for field in ["id", "time", "camera"] {
        event.as_object_mut().unwrap().remove(field);
    }
    event["picture"] = line[0]["picture"].clone();
    assert_eq!(event, line[0]);
    let stranger = server.ask("POST", "/v1/identify?top=1", &view(77, 0)).json(200);
    assert_eq!((&stranger["decision"], stranger["top"].as_array().unwrap().len()), (&json!("unknown"), 1));
    assert!(stranger["runner_up"]["similarity"].as_f64().is_some(), "{stranger}");
}

#[test]
fn a_box_is_the_part_that_is_looked_at() {
    let site = site();
    let server = site.serve(&[]);
    // A stranger with identity 2 in the lower right corner.
    let mut wide = image::imageops::resize(&picture(77, 0), 80, 60, image::imageops::FilterType::Nearest);
    image::imageops::replace(&mut wide, &picture(2, 5), 48, 28);
    let ask = |query: &str| server.ask("POST", &format!("/v1/identify{query}"), &png(&wide));
    assert_eq!(ask("").json(200)["decision"], "unknown");
    let seen = ask("?box=48,28,32,32").json(200);
    assert_eq!(
        (&seen["decision"], &seen["identity"], &seen["box"]),
        (&json!("known"), &json!("id2"), &json!([48.0, 28.0, 32.0, 32.0]))
    );
    for bad in ["1,2,3", "a,b,c,d", "0,0,0,0", "0,0,-5,5", "80,0,5,5", "NaN,0,5,5", "0,0,inf,1", ""] {
        ask(&format!("?box={bad}")).refused(400, "box");
    }
}

#[test]
fn enrolling_is_known_at_once_and_a_picture_has_one_owner() {
    let site = site();
    let server = site.serve(&[]);
    let enrolled = server.ask("POST", "/v1/enroll?identity=van%2017,%20blue&picture=gate-1.png", &view(8, 0)).json(201);
    assert_eq!((&enrolled["event"], &enrolled["identity"]), (&json!("enrolled"), &json!("van 17, blue")));
    let known = server.ask("POST", "/v1/identify", &view(8, 3)).json(200);
    assert_eq!((&known["decision"], &known["identity"]), (&json!("known"), &json!("van 17, blue")));
    let again = server.ask("POST", "/v1/enroll?identity=van%2017,%20blue", &view(8, 0)).json(200);
    assert_eq!((&again["event"], &again["view"]), (&json!("duplicate"), &enrolled["view"]));
    server.ask("POST", "/v1/enroll?identity=other", &view(8, 0)).refused(409, "enrolled_elsewhere");
    server.ask("POST", "/v1/enroll", &view(9, 0)).refused(400, "name");
    server.ask("POST", "/v1/enroll?identity=a%0Ab", &view(9, 0)).refused(400, "name");
    // The gallery has one writer, and it is told so.
    let probe = site.dir.path().join("people/id0/v0.png");
    edge!["enroll", "--bundle", site.bundle, "--gallery", site.gallery, "--identity", "x", probe]
        .refused(1, &["another process is writing"]);
    let listed = edge!["list", "--gallery", site.gallery, "--json"].done().json();
    assert_eq!(listed.last().unwrap()["name"], "van 17, blue", "on the disk, for readers too");
}

#[test]
fn the_gallery_is_listed_changed_and_verified() {
    let site = site();
    let server = site.serve(&[]);
    let names = |server: &Server| -> Vec<String> {
        let listed = server.get("/v1/identities").json(200);
        listed["identities"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&server), ["id0", "id1", "id2", "id3"]);
    let one = server.get("/v1/identities/id1").json(200);
    assert_eq!((&one["views"], one["pictures"].as_array().unwrap().len()), (&json!(2), 2));
    let renamed = server.post_json("/v1/gallery/rename", &json!({"identity": "id1", "to": "a/b"}));
    assert_eq!(renamed.json(200), json!({"renamed": "id1", "to": "a/b"}));
    assert_eq!(server.get("/v1/identities/a%2Fb").json(200)["name"], "a/b");
    let merged = server.post_json("/v1/gallery/merge", &json!({"from": "id0", "into": "a/b"}));
    assert_eq!(merged.json(200), json!({"merged": "id0", "into": "a/b", "views": 2}));
    assert_eq!(server.ask("POST", "/v1/identify", &view(0, 4)).json(200)["identity"], "a/b");
    assert_eq!(server.ask("DELETE", "/v1/identities/id3", b"").json(200), json!({"removed": "id3", "views": 2}));
    assert_ne!(server.ask("POST", "/v1/identify", &view(3, 4)).json(200)["identity"], "id3");
    assert_eq!(
        server.ask("POST", "/v1/gallery/verify", b"").json(200),
        json!({"identities": 2, "views": 6, "faults": []})
    );

    server.get("/v1/identities/nobody").refused(404, "no_identity");
    server.ask("DELETE", "/v1/identities/nobody", b"").refused(404, "no_identity");
    server.ask("DELETE", "/v1/identities/%ff", b"").refused(400, "name");
    server.post_json("/v1/gallery/rename", &json!({"identity": "id2", "to": "a/b"})).refused(409, "name_taken");
    server.post_json("/v1/gallery/rename", &json!({"identity": "id2", "to": " "})).refused(400, "name");
    server.post_json("/v1/gallery/rename", &json!({"identity": "id2"})).refused(400, "json");
    server.post_json("/v1/gallery/rename", &json!({"identity": "id2", "to": "x", "force": true})).refused(400, "json");
    server.post_json("/v1/gallery/merge", &json!({"from": "id2", "into": "id2"})).refused(409, "merged_with_itself");
    server.ask("POST", "/v1/gallery/merge", b"not json").refused(400, "json");
    server.ask("POST", "/v1/gallery/merge", &[b' '; 70_000]).refused(413, "body_too_long");
    assert_eq!(names(&server), ["a/b", "id2"], "refused changes change nothing");
}

/// Reads messages of the live stream until one of `kind` comes.
fn next(client: &mut crate::support::http::Client, kind: &str) -> Value {
    let mut found = String::new();
    loop {
        let line = client.line().unwrap();
        if let Some(event) = line.strip_prefix("event: ") {
            found = event.to_owned();
        }
        if let (Some(data), true) = (line.strip_prefix("data: "), found == kind) {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[test]
fn events_are_streamed_shown_and_corrected() {
    let site = site();
    let server = site.serve(&["--events", "3"]);
    let mut live = server.connect();
    live.send(format!("GET /v1/events/stream HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).as_bytes()).unwrap();
    let (status, headers) = live.head().unwrap();
    assert_eq!(status, 200);
    assert!(headers.contains(&("content-type".into(), "text/event-stream".into())), "{headers:?}");

    let seen = server.ask("POST", "/v1/identify?camera=gate", &view(30, 0)).json(200);
    let mut shown = next(&mut live, "seen");
    assert_eq!(shown.as_object_mut().unwrap().remove("corrections"), Some(json!([])));
    assert_eq!(shown, seen);
    let thumbnail = server.get("/v1/events/1/picture");
    assert_eq!((thumbnail.status, thumbnail.header("content-type")), (200, Some("image/jpeg")));
    assert_eq!(image::load_from_memory(&thumbnail.body).unwrap().width(), 32);

    let correct = |id: u64, what: Value| server.post_json(&format!("/v1/events/{id}/correction"), &what);
    // A new identity is made of it, under a name of the service's.
    let made = correct(1, json!({"new": null})).json(200);
    assert_eq!(
        (&made["corrections"][0]["said"], &made["corrections"][0]["identity"]),
        (&json!("new"), &json!("unknown-1"))
    );
    assert_eq!(next(&mut live, "corrected"), made);
    assert_eq!(server.ask("POST", "/v1/identify", &view(30, 1)).json(200)["identity"], "unknown-1");
    // Said again it is the same; said otherwise it is refused, since the picture is in the gallery.
    assert_eq!(
        correct(1, json!({"is": "unknown-1"})).json(200)["corrections"][1]["view"],
        made["corrections"][0]["view"]
    );
    correct(1, json!({"is": "id0"})).refused(409, "enrolled_elsewhere");
    correct(1, json!({"new": "unknown-1"})).refused(409, "name_taken");

    // "That is id1": the view is enrolled there.
    let event = server.ask("POST", "/v1/identify", &view(40, 0)).json(200);
    assert_eq!((&event["id"], &event["decision"]), (&json!(3), &json!("unknown")));
    correct(3, json!({"is": "nobody"})).refused(404, "no_identity");
    let said = correct(3, json!({"is": "id1"})).json(200);
    assert_eq!(said["corrections"][0]["identity"], "id1");
    let now = server.ask("POST", "/v1/identify", &view(40, 1)).json(200);
    assert_eq!((&now["id"], &now["decision"], &now["identity"]), (&json!(4), &json!("known"), &json!("id1")));

    // "Not id1": told, kept, and the same picture is not taken for id1 again; nothing is removed by it.
    let views = |server: &Server| server.get("/v1/identities").json(200)["views"].clone();
    let before = views(&server);
    let said = correct(4, json!({"not": "id1"})).json(200);
    assert_eq!((&said["corrections"][0]["said"], said["corrections"][0].get("view")), (&json!("not"), None));
    correct(4, json!({"not": "nobody"})).refused(404, "no_identity");
    assert_eq!(views(&server), before);

    // Three events are kept.
    let kept = server.get("/v1/events").json(200);
    let ids: Vec<_> = kept["events"].as_array().unwrap().iter().map(|e| e["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(server.get("/v1/events?after=3").json(200)["events"], json!([said]));
    correct(1, json!({"is": "id0"})).refused(404, "no_event");
    server.get("/v1/events/1/picture").refused(404, "no_event");
    server.get("/v1/events/x/picture").refused(400, "event");
    correct(4, json!({"maybe": "id0"})).refused(400, "json");
    correct(4, json!({"is": "id1"})).refused(409, "barred");
    let again = server.ask("POST", "/v1/identify", &view(40, 1)).json(200);
    assert_ne!(again["identity"], "id1");

    // The service's own gallery is whole, and the stream ends with it.
    assert_eq!(server.ask("POST", "/v1/gallery/verify", b"").json(200)["faults"], json!([]));
    server.signal("-TERM");
    assert!(live.is_cut_off());
    assert_eq!(server.ended(), Some(0));
    let listed = edge!["list", "--gallery", site.gallery, "--json"].done().json();
    assert_eq!(listed.iter().map(|i| i["views"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 2, 2, 1]);
}

#[test]
fn an_empty_gallery_is_made_and_knows_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).packed(&dir.path().join("m.dnc")), dir.path().join("new.gallery"));
    let server = Server::start(&bundle, &gallery, &[]);
    let event = server.ask("POST", "/v1/identify", &view(1, 0)).json(200);
    assert_eq!(
        (&event["decision"], &event["identity"], &event["why"]),
        (&json!("unknown"), &Value::Null, &json!("the gallery is empty"))
    );
    assert_eq!(server.get("/v1/identities").json(200), json!({"identities": [], "views": 0}));
    drop(server);
    Gallery::open(&gallery).unwrap();
}

#[test]
fn health_and_metrics_tell_what_was_done() {
    let site = site();
    let server = site.serve(&[]);
    assert_eq!(server.get("/health").json(200)["status"], "ok");
    for i in 0..3 {
        server.ask("POST", "/v1/identify", &view(2, i + 3)).json(200);
    }
    server.ask("POST", "/v1/identify", b"no picture").refused(415, "picture_format");
    assert_eq!(server.metric("dnc_edge_decisions_total{decision=\"known\"}"), 3.0);
    assert_eq!(server.metric("dnc_edge_requests_total{path=\"/v1/identify\",status=\"200\"}"), 3.0);
    assert_eq!(server.metric("dnc_edge_requests_total{path=\"/v1/identify\",status=\"415\"}"), 1.0);
    assert_eq!(server.metric("dnc_edge_gallery_identities"), 4.0);
    assert_eq!(server.metric("dnc_edge_gallery_views"), 8.0);
    assert_eq!(server.metric("dnc_edge_model_seconds_count"), 4.0);
    assert_eq!(server.metric("dnc_edge_queue"), 0.0);
    assert!(server.metric("process_resident_memory_bytes") > 1e6);
    assert!(server.get("/metrics").header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    server.get("/nothing").refused(404, "no_such_path");
    server.get("/v1/identify").refused(405, "no_such_method");
    assert_eq!(server.metric("dnc_edge_requests_total{path=\"other\",status=\"404\"}"), 1.0);
}

/// What `schema` of the document requires, checked on `value`.
fn fits(doc: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let named = doc.pointer(name.trim_start_matches('#')).ok_or_else(|| format!("no {name}"))?;
        return fits(doc, named, value);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().try_for_each(|s| fits(doc, s, value));
    }
    if let Some(one) = schema["oneOf"].as_array() {
        let fitting = one.iter().filter(|s| fits(doc, s, value).is_ok()).count();
        return if fitting == 1 { Ok(()) } else { Err(format!("{fitting} of {schema} fit {value}")) };
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    if !kinds.iter().any(is) {
        return Err(format!("{value} is no {kinds:?}"));
    }
    if let Some(known) = schema["enum"].as_array().filter(|known| !known.contains(value)) {
        return Err(format!("{value} is none of {known:?}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        value.get(name).ok_or_else(|| format!("no {name} in {value}"))?;
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(found) = value.get(name) {
            fits(doc, inner, found).map_err(|e| format!("{name}: {e}"))?;
        }
    }
    value.as_array().into_iter().flatten().try_for_each(|item| fits(doc, &schema["items"], item))
}

#[test]
fn the_document_tells_what_the_service_answers() {
    let site = site();
    let server = site.serve(&[]);
    let doc = server.get("/openapi.json").json(200);
    server.ask("POST", "/v1/identify?camera=gate&box=0,0,30,30", &view(1, 5)).json(200);
    server.ask("POST", "/v1/identify", &view(50, 0)).json(200);
    let mut checked = 0;
    for (path, methods) in doc["paths"].as_object().unwrap() {
        for (method, op) in methods.as_object().unwrap() {
            let (query, body) = match path.as_str() {
                "/v1/identify" => ("?camera=gate&box=0,0,30,30&top=2&picture=p", view(2, 7)),
                "/v1/enroll" => ("?identity=new&picture=p&box=0,0,32,32", view(20, 0)),
                "/v1/gallery/rename" => ("", br#"{"identity":"id2","to":"renamed"}"#.to_vec()),
                "/v1/gallery/merge" => ("", br#"{"from":"new","into":"id0"}"#.to_vec()),
                "/v1/events/{id}/correction" => ("", br#"{"new":null}"#.to_vec()),
                "/v1/events" => ("?after=0", Vec::new()),
                // Never ends.
                "/v1/events/stream" => continue,
                _ => ("", Vec::new()),
            };
            let name = if method == "delete" { "id3" } else { "id1" };
            let asked = format!("{}{query}", path.replace("{name}", name).replace("{id}", "2"));
            let answer = server.ask(&method.to_uppercase(), &asked, &body);
            let told = &op["responses"][answer.status.to_string()]["content"];
            let (kind, content) = told.as_object().and_then(|c| c.iter().next()).unwrap_or_else(|| {
                panic!("{method} {path}: status {} is not in the document: {}", answer.status, answer.text())
            });
            assert!(answer.header("content-type").unwrap().starts_with(kind.as_str()), "{method} {path}");
            if kind == "application/json" && path != "/openapi.json" {
                let value: Value = serde_json::from_slice(&answer.body).unwrap();
                fits(&doc, &content["schema"], &value).unwrap_or_else(|e| panic!("{method} {path}: {e}"));
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
    let error: Value = serde_json::from_slice(&server.get("/v1/identities/nobody").body).unwrap();
    fits(&doc, &json!({"$ref": "#/components/schemas/Error"}), &error).unwrap();
}

#[test]
fn the_pages_ask_nobody_else() {
    let site = site();
    let server = site.serve(&[]);
    for path in ["/", "/docs"] {
        let page = server.get(path);
        let text = page.text();
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn help_tells_examples_and_exit_codes() {
    let help = edge!["serve", "--help"].done().stdout;
    for word in ["curl", "--token-file", "Exit codes", "DNC_EDGE_TOKEN", "SIGTERM", "/docs"] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
}

#[test]
fn a_gallery_of_another_model_is_refused_at_the_start() {
    let site = site();
    let other = parts(2).folder(&site.dir.path().join("other"));
    let run = |bundle: &Path, gallery: &Path, listen: &str| {
        edge!["serve", "--bundle", bundle, "--gallery", gallery, "--listen", listen]
    };
    run(&other, &site.gallery, "127.0.0.1:0").refused(1, &["model space", "dnc-edge enroll"]);
    let taken = site.serve(&[]);
    let second = site.dir.path().join("second.gallery");
    run(&site.bundle, &second, &taken.address).refused(1, &["cannot listen", &taken.address, "--listen"]);
    run(&site.bundle, &site.gallery, "127.0.0.1:0").refused(1, &["another process is writing"]);
}
