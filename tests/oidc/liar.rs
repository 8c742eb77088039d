//! An identity provider of our own that says whatever a test wants it to say, signed with Ed25519.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use serde_json::Value;
use serde_json::json;
use sigill::verify::crypto;
use tempfile::TempDir;

/// Our secret with it.
const SECRET: &str = "s%cret";

/// How a token is signed.
pub(crate) enum How {
    Honestly,
    Unsigned,
    PublicKeyAsSecret,
    AnothersKey,
}

/// A token before it is signed.
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) how: How,
}

#[derive(Default)]
struct State {
    generation: u8,
    token: String,
    keys_read: usize,
    methods: Option<Value>,
    redeemed: Vec<String>,
}

pub(crate) struct Liar {
    pub(crate) issuer: String,
    pub(crate) secret: PathBuf,
    state: Arc<Mutex<State>>,
    _directory: TempDir,
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

impl Liar {
    /// Runs until the test's process ends.
    pub(crate) fn start() -> Self {
        Self::with(None, None)
    }

    /// The same behind TLS, or saying by which methods it takes our secret.
    pub(crate) fn with(tls: Option<Arc<ServerConfig>>, methods: Option<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let issuer =
            if tls.is_some() { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        let state = Arc::new(Mutex::new(State { methods, ..State::default() }));
        let (own, shared) = (issuer.clone(), Arc::clone(&state));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                match &tls {
                    None => answer(stream, &own, &shared),
                    Some(tls) => {
                        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
                        answer(StreamOwned::new(connection, stream), &own, &shared);
                    }
                }
            }
        });
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        Self { issuer, secret, state, _directory: directory }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn honest(&self, nonce: &str, now: i64) -> Token {
        let claims = json!({
            "iss": self.issuer, "aud": "sigill", "sub": "anna", "nonce": nonce,
            "iat": now, "exp": now + 300, "groups": ["alla", "g-diariet", "g-arkiv"],
        });
        Token {
            header: json!({ "alg": "EdDSA", "kid": self.state().generation.to_string() }),
            claims,
            how: How::Honestly,
        }
    }

    /// What is said to whoever redeems a code.
    pub(crate) fn say(&self, token: &Token) {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&token.header), part(&token.claims));
        let generation = self.state().generation;
        let signature = match token.how {
            How::Honestly => key(generation).sign(message.as_bytes()).as_ref().to_vec(),
            How::AnothersKey => key(99).sign(message.as_bytes()).as_ref().to_vec(),
            How::Unsigned => Vec::new(),
            How::PublicKeyAsSecret => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, key(generation).public_key().as_ref());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
        };
        self.state().token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    }

    pub(crate) fn rotate(&self) {
        self.state().generation += 1;
    }

    pub(crate) fn keys_read(&self) -> usize {
        self.state().keys_read
    }

    pub(crate) fn redeemed(&self) -> usize {
        self.state().redeemed.len()
    }

    /// The request that the last code came with.
    pub(crate) fn last(&self) -> String {
        self.state().redeemed.last().unwrap().clone()
    }

    /// Whether the last code came with what this challenge stands for, and with our secret.
    pub(crate) fn proved(&self, challenge: &str) -> (bool, bool) {
        let request = self.state().redeemed.last().unwrap().clone();
        let verifier = request.split("code_verifier=").nth(1).unwrap().split('&').next().unwrap();
        let pair = STANDARD.encode(format!("sigill:{}", SECRET.replace('%', "%25")));
        let shown = request.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: Basic {pair}")));
        (URL_SAFE_NO_PAD.encode(crypto::sha256(&[verifier.as_bytes()])) == challenge, shown)
    }
}

fn answer(mut stream: impl Read + Write, issuer: &str, state: &Mutex<State>) {
    let (mut request, mut piece) = (String::new(), [0; 4096]);
    loop {
        // Who does not believe our certificate says nothing more.
        let Ok(read) = stream.read(&mut piece) else { return };
        request.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        if read == 0 && !request.contains("\r\n\r\n") {
            return;
        }
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let mut state = state.lock().unwrap();
    let said = match request.split(' ').nth(1).unwrap() {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth?tenant=1"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "token_endpoint_auth_methods_supported": state.methods,
        }),
        "/keys" => {
            state.keys_read += 1;
            let x = URL_SAFE_NO_PAD.encode(key(state.generation).public_key().as_ref());
            let own = json!({ "kty": "OKP", "crv": "Ed25519", "kid": state.generation.to_string(), "x": x });
            json!({ "keys": [{ "kty": "strange", "n": 1 }, own] })
        }
        _ => {
            state.redeemed.push(request);
            json!({ "token_type": "Bearer", "access_token": "a", "id_token": state.token })
        }
    };
    let body = said.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream.flush().unwrap();
}
