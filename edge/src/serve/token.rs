//! The secret that clients show.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Shortest token, characters: 16 random ones are not guessed.
pub const MIN_TOKEN: usize = 16;

/// A token, kept as its hash: neither a log nor a core dump has it in clear.
#[derive(Clone)]
pub struct Token {
    hash: [u8; 32],
}

/// A token that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Too short a one.
    #[error("the token has {found} characters, at least {MIN_TOKEN} are needed; `openssl rand -hex 24` makes one")]
    Short {
        /// Its length.
        found: usize,
    },
    /// A character that a header cannot carry.
    #[error("the token has a blank or a character outside ASCII; letters, digits and punctuation are needed")]
    Characters,
}

impl Token {
    /// Takes a token; blanks and line ends around it are not part of it.
    ///
    /// # Errors
    /// Where it is too short, or cannot stand in a header.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        if text.len() < MIN_TOKEN {
            return Err(TokenError::Short { found: text.len() });
        }
        Ok(Self { hash: Sha256::digest(text).into() })
    }

    /// Whether `shown` is the token. The time tells nothing of how much of it is right: hashes are compared, all bytes.
    pub fn is(&self, shown: &[u8]) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        self.hash.ct_eq(&shown).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_right() {
        let token = Token::new(" 0123456789abcdef\n").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for wrong in [&b""[..], b"0123456789abcde", b"0123456789abcdeF", b"0123456789abcdef0", b" 0123456789abcdef"] {
            assert!(!token.is(wrong), "{wrong:?}");
        }
        assert!(!format!("{token:?}").contains('0'));
    }

    #[test]
    fn weak_and_unsendable_tokens_are_refused() {
        assert_eq!(Token::new("short").unwrap_err(), TokenError::Short { found: 5 });
        assert_eq!(Token::new("").unwrap_err(), TokenError::Short { found: 0 });
        assert_eq!(Token::new("0123456789 abcdef").unwrap_err(), TokenError::Characters);
        assert_eq!(Token::new("0123456789äbcdef").unwrap_err(), TokenError::Characters);
    }
}
