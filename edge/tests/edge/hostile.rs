//! Clients and pictures that mean harm, or are merely broken: clear errors, and the service answers the next one.

use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, RgbImage};

use crate::edge;
use crate::support::http::{Client, Server};
use crate::support::pictures::{picture, png};
use crate::support::site::{Site, site};

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[track_caller]
fn alive(server: &Server) {
    let answer = server.ask("POST", "/v1/identify", &png(&picture(2, 5))).json(200);
    assert_eq!(answer["identity"], "id2");
}

/// A PNG chunk with its check sum.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    [&(data.len() as u32).to_be_bytes(), &kind[..], data, &(!crc).to_be_bytes()].concat()
}

/// A PNG whose header says `width` × `height` grey pixels, with `data` as its compressed content.
fn png_that_says(width: u32, height: u32, more: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(b"IHDR", &header));
    more.iter().for_each(|chunk| png.extend(chunk));
    png.extend(chunk(b"IDAT", data));
    png.extend(chunk(b"IEND", b""));
    png
}

/// Zeros by the million, compressed a thousandfold: stored by zip's own compressor.
fn bomb(bytes: u64) -> Vec<u8> {
    // A zlib stream of one fixed-Huffman block: the literal 0, then matches of 258 at distance 1, each 13 bits.
    let (mut out, mut bits, mut n) = (vec![0x78, 0x01], 0u32, 0);
    let mut put = |out: &mut Vec<u8>, value: u32, width: u32| {
        bits |= value << n;
        n += width;
        while n >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            n -= 8;
        }
    };
    put(&mut out, 0b011, 3);
    // Codes go most significant bit first: literal 0 is 00110000, length 258 is 11000101, distance 1 is 00000.
    put(&mut out, 0b0000_1100, 8);
    for _ in 0..bytes / 258 {
        put(&mut out, 0b1010_0011, 8);
        put(&mut out, 0, 5);
    }
    put(&mut out, 0, 7);
    put(&mut out, 0, 8);
    out
}

#[test]
fn broken_and_hostile_pictures_are_told_apart_and_the_service_lives() {
    let site = site();
    let server = site.serve(&["--max-bytes", "200000", "--max-pixels", "1000000"]);
    let whole = picture(2, 5);
    let (jpeg, webp) = (encoded(&whole, ImageFormat::Jpeg), encoded(&whole, ImageFormat::WebP));
    let animated = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("0 bytes", Vec::new(), 422, "picture_empty"),
        ("text", b"<?php system('id'); ?>".to_vec(), 415, "picture_format"),
        ("GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), 415, "picture_format"),
        ("SVG", b"<svg xmlns='x'/>".to_vec(), 415, "picture_format"),
        ("JPEG cut", jpeg[..jpeg.len() / 2].to_vec(), 422, "picture_broken"),
        ("JPEG's first bytes", jpeg[..4].to_vec(), 422, "picture_broken"),
        ("PNG cut", png(&whole)[..200].to_vec(), 422, "picture_broken"),
        ("WebP cut", webp[..webp.len() / 2].to_vec(), 422, "picture_broken"),
        ("huge dimensions", png_that_says(2_000_000_000, 2_000_000_000, &[], b""), 413, "picture_too_many_pixels"),
        ("no dimensions", png_that_says(0, 0, &[], b""), 422, "picture_broken"),
        ("bomb within the limit, too short", png_that_says(1000, 1000, &[], &bomb(500_000)), 422, "picture_broken"),
        ("bomb of 4 gigapixels", png_that_says(65_000, 65_000, &[], &bomb(10_000_000)), 413, "picture_too_many_pixels"),
        ("animated PNG", png_that_says(8, 8, &[animated], b""), 422, "picture_animated"),
        ("too long", vec![0xFF; 200_001], 413, "body_too_long"),
    ];
    for (name, bytes, status, code) in cases {
        let answer = server.ask("POST", "/v1/identify", &bytes);
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        answer.refused(status, code);
        let enrolled = server.ask("POST", "/v1/enroll?identity=evil", &bytes);
        assert_eq!(enrolled.status, status, "{name}: {}", enrolled.text());
    }
    // What a file is called does not matter: a JPEG is one whatever the client says of it.
    let mut headers = server.headers();
    headers.push(("Content-Type".into(), "image/png".into()));
    let answer = server.connect().ask("POST", "/v1/identify?picture=x.png", &headers, &jpeg).json(200);
    assert_eq!(answer["identity"], "id2");
    // Random changes of whole pictures: any answer but none.
    let mut state = 1u64;
    let mut draw = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut client = server.connect();
    for i in 0..600 {
        let mut bytes = [&jpeg, &webp, &png(&whole)][i % 3].clone();
        for _ in 0..1 + draw(8) {
            let at = draw(bytes.len());
            bytes[at] = draw(256) as u8;
        }
        let answer = client.ask("POST", "/v1/identify", &server.headers(), &bytes);
        assert!(matches!(answer.status, 200 | 413 | 415 | 422), "{i}: {} {}", answer.status, answer.text());
    }
    alive(&server);
    assert_eq!(server.get("/v1/identities").json(200)["views"], 8, "nothing of it was enrolled");
}

#[test]
fn bad_questions_are_told_what_is_wrong() {
    let site = site();
    let server = site.serve(&[]);
    let body = png(&picture(2, 5));
    let ask = |query: &str| server.ask("POST", &format!("/v1/identify?{query}"), &body);
    ask("top=1000").refused(400, "top");
    ask("top=-1").refused(400, "query");
    ask("bx=1,2,3,4").refused(400, "query");
    ask(&format!("camera={}", "x".repeat(300))).refused(400, "label");
    ask("camera=a%00b").refused(400, "label");
    for raw in
        ["GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
    {
        let mut client = server.connect();
        client.send(raw.as_bytes()).unwrap();
        assert!(client.answer().is_ok_and(|a| a.status == 400) || client.is_cut_off(), "{raw:?}");
    }
    let mut client = server.connect();
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    // The service may close before all is sent.
    let _ = client.send(long.as_bytes());
    assert!(client.answer().is_ok_and(|a| a.status == 431) || client.is_cut_off());
    alive(&server);
}

#[test]
fn only_the_token_opens() {
    let site = site();
    let token = "0123456789abcdef0123";
    let server = Server::start_with(&site.bundle, &site.gallery, &[], Some(token));
    alive(&server);
    let with = |value: Option<&str>, path: &str| {
        let mut headers = vec![("Host".to_owned(), "gate.local".to_owned())];
        headers.extend(value.map(|v| ("Authorization".to_owned(), v.to_owned())));
        server.connect().ask("GET", path, &headers, b"")
    };
    assert_eq!(with(Some(&format!("bearer {token}")), "/v1/identities").status, 200);
    let paths = ["/v1/identities", "/v1/events", "/v1/events/stream", "/v1/events/1/picture", "/metrics"];
    for path in paths {
        for wrong in
            [None, Some("Bearer"), Some("Bearer "), Some("Bearer 0123456789abcdef012"), Some(token), Some("Basic YTpi")]
        {
            let answer = with(wrong, path);
            answer.refused(401, "token");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    // What shows nothing of the gallery is open, for probes of an orchestrator and for the page that asks for the token.
    for path in ["/health", "/", "/docs", "/openapi.json"] {
        assert_eq!(with(None, path).status, 200, "{path}");
    }
    let file = site.dir.path().join("token");
    std::fs::write(&file, "short\n").unwrap();
    let run = |listen: &str| {
        edge!["serve", "--bundle", site.bundle, "--gallery", site.gallery, "--listen", listen, "--token-file", file]
    };
    run("127.0.0.1:0").refused(1, &["token", "5 characters", "at least 16"]);
}

#[test]
fn other_machines_are_listened_to_with_a_token_only() {
    let site = site();
    for address in ["0.0.0.0:0", "[::]:0"] {
        edge!["serve", "--bundle", site.bundle, "--gallery", site.gallery, "--listen", address]
            .refused(1, &[&address[..5], "--token-file", "DNC_EDGE_TOKEN", "127.0.0.1"]);
    }
    // Without one, a page of somebody else's in a browser of this machine may not ask either.
    let server = site.serve(&[]);
    let with = |name: &str, value: &str| {
        let mut headers = if name == "Host" { Vec::new() } else { server.headers() };
        headers.push((name.to_owned(), value.to_owned()));
        server.connect().ask("POST", "/v1/gallery/verify", &headers, b"")
    };
    with("Host", "evil.example").refused(403, "host");
    with("Origin", "http://evil.example").refused(403, "origin");
    assert_eq!(with("Origin", &format!("http://{}", server.address)).status, 200);
    alive(&server);
}

#[test]
fn slow_clients_are_cut_off_and_the_others_are_served() {
    let site = site();
    let server = site.serve(&["--timeout", "3", "--connections", "8"]);
    let head = format!("POST /v1/identify HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n", server.address);
    let mut no_header = server.connect();
    no_header.send(head.as_bytes()).unwrap();
    let mut no_body = server.connect();
    no_body.send(format!("{head}\r\n123").as_bytes()).unwrap();
    let mut silent = server.connect();
    // The answers of pages, never taken: the socket's buffers fill.
    let mut never_reads = server.connect();
    let page = format!("GET /openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    never_reads.stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    while never_reads.send(page.as_bytes()).is_ok() {}
    alive(&server);
    no_body.answer().unwrap().refused(408, "body_too_slow");
    for client in [&mut no_header, &mut no_body, &mut silent] {
        assert!(client.is_cut_off());
    }
    // The one that reads nothing holds its place until the write has timed out.
    wait_until(&server, || server.metric("dnc_edge_connections") <= 1.0);
    drop(never_reads);

    // More connections than places: told so at once.
    let held: Vec<Client> = (0..8).map(|_| server.connect()).collect();
    let mut beyond = server.connect();
    beyond.answer().unwrap().refused(503, "connections");
    drop(held);
    wait_until(&server, || true);
    alive(&server);
}

/// Waits, a minute at most, until the service takes connections and `condition` holds.
fn wait_until(server: &Server, condition: impl Fn() -> bool) {
    for _ in 0..600 {
        let mut client = server.connect();
        let sent = client.send(format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).as_bytes());
        let free = sent.is_ok() && client.answer().is_ok_and(|a| a.status == 200);
        drop(client);
        if free && condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it does not come to pass");
}

#[test]
fn more_pictures_than_the_model_takes_are_told_when_to_come_again() {
    let site = site();
    let server = site.serve(&["--workers", "1", "--queue", "1", "--timeout", "60"]);
    // A large picture takes the model long enough for others to find the queue full.
    let large = encoded(
        &image::imageops::resize(&picture(2, 5), 3000, 3000, image::imageops::FilterType::Nearest),
        ImageFormat::Jpeg,
    );
    let (mut done, mut refused) = (0, 0);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| server.ask("POST", "/v1/identify", &large))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for answer in answers {
        if answer.status == 200 {
            done += 1;
        } else {
            answer.refused(429, "busy");
            assert!((1..=60).contains(&answer.header("retry-after").unwrap().parse::<u32>().unwrap()));
            refused += 1;
        }
    }
    assert!(done >= 2 && refused >= 1, "{done} done, {refused} refused");
    assert_eq!(server.metric("dnc_edge_refused_total"), f64::from(refused));
    alive(&server);
}

#[test]
fn running_requests_end_before_the_service_does_and_what_was_acknowledged_is_there() {
    let site: Site = site();
    let server = site.serve(&["--workers", "1"]);
    let large = encoded(
        &image::imageops::resize(&picture(60, 0), 3000, 3000, image::imageops::FilterType::Nearest),
        ImageFormat::Jpeg,
    );
    let mut client = server.connect();
    let mut head = format!("POST /v1/enroll?identity=last HTTP/1.1\r\nContent-Length: {}\r\n", large.len());
    for (name, value) in server.headers() {
        head += &format!("{name}: {value}\r\n");
    }
    client.send(format!("{head}\r\n").as_bytes()).unwrap();
    client.send(&large).unwrap();
    // It is being looked at, or waits for it.
    while server.metric("dnc_edge_queue") == 0.0 && server.metric("dnc_edge_model_seconds_count") == 0.0 {}
    server.signal("-TERM");
    assert_eq!(client.answer().unwrap().json(201)["identity"], "last");
    assert_eq!(server.ended(), Some(0));
    let listed = edge!["list", "--gallery", site.gallery, "--json"].done().json();
    assert_eq!(listed.last().unwrap()["name"], "last");
    edge!["gallery", "verify", "--gallery", site.gallery].done();
}

#[test]
fn a_full_disk_refuses_changes_and_once_it_is_free_the_service_goes_on() {
    let site = site();
    let server = site.serve(&[]);
    let enroll = |identity: usize| {
        server.ask("POST", &format!("/v1/enroll?identity=new{identity}"), &png(&picture(identity, 0)))
    };
    enroll(20).json(201);
    server.limit_files("4096");
    for _ in 0..3 {
        enroll(21).refused(500, "gallery_failed");
        alive(&server);
    }
    server.limit_files("unlimited");
    enroll(22).json(201);
    assert_eq!(server.ask("POST", "/v1/gallery/verify", b"").json(200)["faults"].as_array().map(Vec::len), Some(0));
    let names: Vec<_> = edge!["list", "--gallery", site.gallery, "--json"].done().json();
    let names: Vec<_> = names.iter().skip(4).map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["new20", "new22"]);
}
