/* A ward of 1,000: what the server drew, put in its place without a flicker.
   data: { html }, of our own making: every word of somebody else's in it is escaped. */
export default function ({ data, parentElement }) {
  const ward = parentElement.querySelector(".lb-ward") ?? parentElement.appendChild(document.createElement("div"));
  ward.className = "lb-ward";
  if (ward.lightboxShown !== data.html) {
    ward.lightboxShown = data.html;
    ward.innerHTML = data.html;
  }
}
