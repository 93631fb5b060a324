// Passkeys: made, used to come in, touched to sign what is sent or approved. Everything but making
// one works without this file; then the office alone signs.
"use strict";

(() => {
  if (!window.PublicKeyCredential) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));

  function answered(credential) {
    const response = {};
    ["attestationObject", "authenticatorData", "clientDataJSON", "signature", "userHandle"].forEach((name) => {
      if (credential.response[name]) response[name] = encode(credential.response[name]);
    });
    return JSON.stringify({ id: credential.id, rawId: encode(credential.rawId), type: credential.type, response });
  }

  function fill(form, name, value) {
    const field = form.querySelector(`input[name="${name}"]`) || form.appendChild(document.createElement("input"));
    Object.assign(field, { type: "hidden", name, value });
  }

  function again(form, button) {
    form.dataset.touched = "yes";
    form.requestSubmit(button);
  }

  // What is said below the buttons, with a way on that needs no passkey.
  function tell(form, button, words) {
    let note = form.querySelector("[data-touching]");
    if (!note) {
      note = document.createElement("p");
      note.dataset.touching = "";
      note.className = "small";
      note.setAttribute("role", "status");
      (button.closest(".acts") || button).after(note);
    }
    note.replaceChildren(words);
    if (!words || words.endsWith("…")) return;
    const on = document.createElement("button");
    on.type = "button";
    on.className = "quiet";
    on.textContent = "Go on, signed by the office alone";
    on.addEventListener("click", () => again(form, button));
    note.append(" ", on);
  }

  const post = (address, data) => fetch(address, { method: "POST", body: data, headers: { "X-Fragment": "1" } });

  // The reply box, and the page of a post: what is touched is what is saved, so it is saved first.
  async function save(form) {
    const data = new FormData(form);
    data.set("do", "save");
    const answer = await post(form.action, data);
    const values = answer.ok ? await answer.json() : null;
    if (!values) return null;
    if (form.elements.account) form.action = `/d/${values.draft}`;
    if (form.elements.draft) form.elements.draft.value = values.draft;
    form.elements.base.value = values.base;
    form.elements.pasted.value = "0";
    if (form.elements.files) form.elements.files.value = "";
    return [`${values.draft}:${values.base}:${form.elements.seen?.value || 0}`];
  }

  async function touch(form, button) {
    const saves = form.dataset.compose || "saves" in form.dataset;
    const items = saves ? await save(form) : new FormData(form).getAll("item");
    if (!items) return again(form, button);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("act", button.dataset.touch);
    items.forEach((item) => data.append("item", item));
    const answer = await post("/touch", data);
    const asked = await answer.json();
    if (!answer.ok) return tell(form, button, asked.message);
    const credential = await navigator.credentials.get({
      publicKey: { challenge: bytes(asked.challenge), rpId: asked.rpId, allowCredentials: keys(asked.allow), userVerification: "preferred" },
    });
    fill(form, "touch", asked.token);
    fill(form, "answer", answered(credential));
    return again(form, button);
  }

  document.addEventListener("submit", (event) => {
    const [form, button] = [event.target, event.submitter];
    if (!button?.dataset.touch || form.dataset.touched) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(form, button, "Touch your passkey…");
    touch(form, button).catch((problem) => {
      tell(form, button, problem.name === "NotAllowedError" ? "The passkey was not touched, so nothing was done." : "The passkey could not be asked.");
    });
  }, true);

  document.querySelectorAll("form[data-enter]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.dataset.touched) return;
      event.preventDefault();
      try {
        const credential = await navigator.credentials.get({
          publicKey: { challenge: bytes(form.dataset.enter), rpId: form.dataset.rp, userVerification: "required" },
        });
        fill(form, "answer", answered(credential));
        again(form);
      } catch {
        form.querySelector("[data-told]").textContent = "No passkey was touched.";
      }
    });
  });

  document.querySelectorAll("form[data-register]").forEach((form) => {
    const [button, told] = [form.querySelector("button"), form.querySelector("[data-told]")];
    button.disabled = false;
    told.textContent = "";
    form.addEventListener("submit", async (event) => {
      if (form.dataset.touched) return;
      event.preventDefault();
      const { register, rp, rpName, user, userName, display, known } = form.dataset;
      try {
        const credential = await navigator.credentials.create({
          publicKey: {
            challenge: bytes(register),
            rp: { id: rp, name: rpName },
            user: { id: new TextEncoder().encode(user), name: userName, displayName: display },
            pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
            excludeCredentials: keys(known.split(",").filter(Boolean)),
            authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
            attestation: "none",
          },
        });
        fill(form, "answer", answered(credential));
        again(form, button);
      } catch (problem) {
        told.textContent = problem.name === "InvalidStateError" ? "This device has a passkey for you already." : "No passkey was made.";
      }
    });
  });
})();
