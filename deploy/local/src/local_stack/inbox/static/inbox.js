// Says when new mail has come in, without moving what somebody is reading.
const news = document.getElementById("news");
const query = news.dataset.to ? "?" + new URLSearchParams({ to: news.dataset.to }) : "";
const known = Number(news.dataset.count);

async function look() {
  if (document.hidden) return;
  try {
    const { count } = await (await fetch("/api/messages/count" + query)).json();
    if (count === known) return;
    const link = document.createElement("a");
    link.href = "/" + query;
    link.textContent = count > known ? `${count - known} new: show` : "Changed: show";
    news.replaceChildren(link);
  } catch {
    // The inbox is stopped or restarting; the next look may find it again.
  }
}

setInterval(look, 2000);
