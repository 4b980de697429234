//! The page of live events in a real browser, driven over its debugging pipe.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::http::Server;
use crate::support::pictures::{picture, png};
use crate::support::site::site;
use crate::support::tools::tool;

const PATIENCE: Duration = Duration::from_secs(60);

struct Browser {
    child: Child,
    commands: File,
    messages: Receiver<Value>,
    next: u64,
    session: Option<String>,
}

impl Browser {
    /// Starts `chromium` without a window. It takes commands from file descriptor 3 and answers on 4, each message
    /// ended by a zero byte; two FIFOs stand for them.
    fn start(chromium: &Path, dir: &Path) -> Self {
        let (to, from, profile) = (dir.join("to"), dir.join("from"), dir.join("profile"));
        assert!(Command::new("mkfifo").arg(&to).arg(&from).status().unwrap().success());
        let child = Command::new("sh")
            .arg("-c")
            .arg("exec \"$0\" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir=\"$3\" \
                  --window-size=900,900 --remote-debugging-pipe about:blank 3<\"$1\" 4>\"$2\"")
            .arg(chromium)
            .args([&to, &from, &profile])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let commands = OpenOptions::new().write(true).open(&to).unwrap();
        let mut reader = BufReader::new(File::open(&from).unwrap());
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while reader.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let _ = send.send(serde_json::from_slice(&message).unwrap());
                message.clear();
            }
        });
        Self { child, commands, messages, next: 0, session: None }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut command = json!({"id": self.next, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).unwrap();
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{method}: {e}"));
            if message["id"] == self.next {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn open(&mut self, url: &str) {
        let target = self.call("Target.createTarget", json!({ "url": url }))["targetId"].clone();
        let session = self.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        self.session = session["sessionId"].as_str().map(str::to_owned);
    }

    /// Leads the same page elsewhere.
    fn go(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
    }

    /// The value of an expression on the page.
    fn value(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    fn until(&mut self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        // Until the page has loaded, there is nothing to look at.
        let quiet = format!("(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()");
        while self.value(&quiet) != true {
            let text = self.value("document.body?.innerText");
            assert!(Instant::now() < end, "{expression} does not come true; the page says {text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_person_sees_the_events_and_corrects_them() {
    let Some(chromium) = tool("chromium", "chromium") else { return };
    let site = site();
    let token = "a-token-of-the-test";
    let server = Server::start_with(&site.bundle, &site.gallery, &[], Some(token));
    let identify = |identity: usize, view: usize| {
        server.ask("POST", "/v1/identify?camera=gate", &png(&picture(identity, view))).json(200)
    };
    identify(2, 5);
    let mut browser = Browser::start(&chromium, site.dir.path());
    browser.open(&format!("http://{}/", server.address));
    // The token is asked for; a wrong one is said to be wrong.
    browser.until("document.getElementById('login') && !document.getElementById('login').hidden");
    let enter = |token: &str| {
        format!("document.getElementById('token').value = '{token}'; document.querySelector('#login button').click()")
    };
    browser.value(&enter("0123456789abcdef-wrong"));
    browser.until("document.getElementById('state').textContent === 'the token is wrong'");
    browser.value(&enter(token));
    browser.until("document.getElementById('state').textContent === 'live'");

    // What was seen before the page was opened, with picture, best match, score, decision.
    browser.until("document.querySelector('#event-1 .thumb').naturalWidth === 32");
    let text = browser.value("document.querySelector('#event-1').innerText");
    let text = text.as_str().unwrap();
    for word in ["known", "id2", "reaches the threshold 0.980", "gate, event 1"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    // And what is seen from now on, at the top.
    let stranger = identify(55, 0);
    browser.until("document.querySelector('#events li').id === 'event-2'");
    browser.until("document.querySelector('#event-2.unknown .best').textContent.startsWith('nearest ')");

    // Somebody new, under a name of the person's.
    browser.value(
        "document.querySelector('#event-2 .name').value = 'Anna <b>&'; document.querySelector('#event-2 .new').click()",
    );
    browser.until("document.querySelector('#event-2 .said')?.textContent === 'new: Anna <b>&'");
    let seen = identify(55, 1);
    assert_eq!((&seen["decision"], &seen["identity"]), (&json!("known"), &json!("Anna <b>&")));
    browser.until("document.querySelector('#event-3 .best').textContent.startsWith('Anna <b>& ')");
    // "That is": the button of the best match, and a name that is typed.
    browser.value("document.querySelector('#event-3 .is').click()");
    browser.until("document.querySelector('#event-3 .said')?.textContent === 'that is Anna <b>&'");
    identify(66, 0);
    browser.until("document.querySelector('#event-4')");
    browser.value("document.querySelector('#event-4 .name').value = 'nobody'; document.querySelector('#event-4 .is-named').click()");
    browser.until("document.querySelector('#event-4 .problem').textContent.includes('no identity \"nobody\"')");
    browser.value(
        "document.querySelector('#event-4 .name').value = 'id1'; document.querySelector('#event-4 .is-named').click()",
    );
    browser.until("document.querySelector('#event-4 .said')?.textContent === 'that is id1'");
    assert_eq!(identify(66, 1)["identity"], "id1");
    // "Not".
    browser.until("document.querySelector('#event-5')");
    browser.value("document.querySelector('#event-5 .not').click()");
    browser.until("document.querySelector('#event-5 .said')?.textContent === 'not id1'");
    assert_eq!(stranger["decision"], "unknown");

    if let Some(file) = std::env::var_os("DNC_PAGE_PICTURE") {
        let shot = browser.call("Page.captureScreenshot", json!({"format": "png"}));
        std::fs::write(file, BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }
    // The document's page shows every path.
    browser.go(&format!("http://{}/docs", server.address));
    browser.until("document.querySelectorAll('h2').length >= 12");
    browser.until("document.body.innerText.includes('Say who is on a picture')");
}
