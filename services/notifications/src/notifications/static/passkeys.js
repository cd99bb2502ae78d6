// Signs in with a passkey, or adds one. Without this script, people sign in by mail, and its forms stay hidden.
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  // Browsers use passkeys on the pages of PUBLIC_URL alone.
  if (!form || !window.PublicKeyCredential || location.origin !== form.dataset.origin) return;

  const alert = form.querySelector("[role=alert]");
  const button = form.querySelector("button");

  const encoded = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const decoded = (text) => {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  };

  class Refused extends Error {
    constructor(status) {
      super(`answered with ${status}`);
      this.status = status;
    }
  }

  const post = async (path, body) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Refused(answer.status);
    return answer.json();
  };

  // What both ceremonies give, as PublicKeyCredential.toJSON() would, which not every browser has.
  const written = (credential, response) => ({
    id: credential.id,
    rawId: encoded(credential.rawId),
    type: credential.type,
    response: { clientDataJSON: encoded(credential.response.clientDataJSON), ...response },
  });

  const signIn = async () => {
    const options = await post("/sign-in/passkey/options", {});
    const credential = await navigator.credentials.get({
      publicKey: { ...options, challenge: decoded(options.challenge), allowCredentials: [] },
    });
    const { authenticatorData, signature, userHandle } = credential.response;
    try {
      return await post("/sign-in/passkey", {
        credential: written(credential, {
          authenticatorData: encoded(authenticatorData),
          signature: encoded(signature),
          userHandle: userHandle && encoded(userHandle),
        }),
        next: form.dataset.next,
      });
    } catch (error) {
      // The device need not offer it any more (WebAuthn Level 3, 5.1.10).
      if (error.status === 404 && PublicKeyCredential.signalUnknownCredential) {
        await PublicKeyCredential.signalUnknownCredential({ rpId: options.rpId, credentialId: credential.id });
      }
      throw error;
    }
  };

  const add = async () => {
    const options = await post("/account/passkeys/options", {});
    const credential = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: decoded(options.challenge),
        user: { ...options.user, id: decoded(options.user.id) },
        excludeCredentials: options.excludeCredentials.map((one) => ({ ...one, id: decoded(one.id) })),
      },
    });
    return post("/account/passkeys", {
      credential: written(credential, { attestationObject: encoded(credential.response.attestationObject) }),
      name: form.elements.name.value,
    });
  };

  const { failed, known, unknown, copied, busy } = form.dataset;
  const reason = (error) => {
    if (error.name === "InvalidStateError") return known; // one of excludeCredentials is on the device
    return { 404: unknown, 409: copied, 429: busy }[error.status] ?? failed;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    alert.hidden = true;
    button.disabled = true;
    try {
      const { next } = await (form.dataset.passkey === "add" ? add() : signIn());
      location.assign(next);
    } catch (error) {
      alert.textContent = reason(error) ?? failed;
      alert.hidden = false;
      button.disabled = false;
    }
  });

  form.hidden = false;
})();
