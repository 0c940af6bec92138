/**
 * The one shader that draws an X-ray picture, and the one that reads texels back for the proof of drawing.
 *
 * One rule: both go through `at`, which reads whole 16-bit counts with `texelFetch`; nothing is filtered, normalised or colour
 * managed before it becomes one of 256 levels at the very end. Integer textures can not be filtered, so bilinear is by hand.
 */

import {
  AIR_BELOW, INORGANIC_FROM, NEUTRAL, OPAQUE_SHARE, RATIO_FROM, RATIO_TO, SOFT, THIN_BELOW,
} from "./optics.js";

/** Texels of one layer's side are 2 to the power of this: pictures larger than that lie in several layers, without a seam. */
export const TILE_SHIFT = 11;

export const GREY = 0;
export const COLOUR = 1;
export const ORGANIC_ONLY = 2;
export const INORGANIC_ONLY = 3;

const f = (/** @type {number} */ value) => (Number.isInteger(value) ? `${value}.0` : String(value));

const AT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2DArray;
precision highp sampler2D;
uniform usampler2DArray u_low;
uniform usampler2DArray u_high;
uniform ivec2 u_size;
uniform int u_columns;

float at(usampler2DArray pixels, ivec2 p) {
  p = clamp(p, ivec2(0), u_size - 1);
  ivec2 tile = p >> ${TILE_SHIFT};
  ivec2 inside = p & ${(1 << TILE_SHIFT) - 1};
  return float(texelFetch(pixels, ivec3(inside, tile.y * u_columns + tile.x), 0).r);
}
`;

export const CORNERS = `#version 300 es
void main() {
  // One triangle over everything.
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
`;

export const DRAW = `${AT}
uniform vec2 u_origin;     // device pixel of the picture's corner; y counts down from u_bottom
uniform float u_bottom;
uniform float u_scale;     // texels of this level for one device pixel
uniform vec2 u_window;     // in shares of air
uniform vec2 u_air;        // counts of air at the low and the high energy
uniform int u_mode;
uniform bool u_use_high;   // grey: which energy
uniform bool u_edge;
uniform bool u_invert;
uniform vec3 u_ground;
uniform sampler2D u_colours;
out vec4 colour;

float smoothly(usampler2DArray pixels, vec2 p) {
  vec2 q = p - 0.5;
  vec2 corner = floor(q);
  vec2 part = q - corner;
  ivec2 i = ivec2(corner);
  float above = mix(at(pixels, i), at(pixels, i + ivec2(1, 0)), part.x);
  float below = mix(at(pixels, i + ivec2(0, 1)), at(pixels, i + ivec2(1, 1)), part.x);
  return mix(above, below, part.y);
}

float sharpened(usampler2DArray pixels, vec2 p, float value) {
  float around = smoothly(pixels, p + vec2(1.5, 0.0)) + smoothly(pixels, p - vec2(1.5, 0.0))
    + smoothly(pixels, p + vec2(0.0, 1.5)) + smoothly(pixels, p - vec2(0.0, 1.5));
  return value + 2.5 * (value - around * 0.25);
}

float counts(usampler2DArray pixels, vec2 p) {
  float value = smoothly(pixels, p);
  return u_edge ? sharpened(pixels, p, value) : value;
}

float windowed(float value, float air) {
  vec2 w = u_window * air;
  float grey = clamp((value - w.x) / max(w.y - w.x, 1.0), 0.0, 1.0);
  return u_invert ? 1.0 - grey : grey;
}

vec3 material(vec2 p) {
  float low = smoothly(u_low, p);
  float high = smoothly(u_high, p);
  float shown = 0.5 * (low / u_air.x + high / u_air.y);
  if (u_edge) {
    shown += sharpened(u_high, p, high) / u_air.y - high / u_air.y;
  }
  float grey = windowed(shown * 65535.0, 65535.0);
  float at_low = log(u_air.x / max(low, 1.0));
  float depth = log(u_air.y / max(high, 1.0));
  float ratio = at_low / max(depth, 1e-6);
  float index = (ratio - ${f(RATIO_FROM)}) / ${f(RATIO_TO - RATIO_FROM)} * 255.0;
  vec3 hue = texelFetch(u_colours, ivec2(int(clamp(index + 0.5, 0.0, 255.0)), 0), 0).rgb;
  vec3 neutral = vec3(${NEUTRAL.map((one) => f(one / 255)).join(', ')});
  hue = mix(neutral, hue, smoothstep(${f(AIR_BELOW)}, ${f(THIN_BELOW * 1.5)}, depth));
  hue = high < ${f(OPAQUE_SHARE)} * u_air.y ? neutral : hue;
  vec3 full = grey < 0.5 ? hue * (grey * 2.0) : mix(hue, vec3(1.0), grey * 2.0 - 1.0);
  if (u_mode == ${COLOUR}) return full;
  float heavy = smoothstep(${f(INORGANIC_FROM - SOFT[0])}, ${f(INORGANIC_FROM + SOFT[0])}, ratio);
  // What is taken out stays as a pale shadow: nothing of a carton vanishes from the screen.
  vec3 pale = vec3(u_invert ? grey * 0.2 : 0.8 + 0.2 * grey);
  return mix(pale, full, u_mode == ${ORGANIC_ONLY} ? 1.0 - heavy : heavy);
}

void main() {
  vec2 p = (vec2(gl_FragCoord.x, u_bottom - gl_FragCoord.y) - u_origin) * u_scale;
  if (any(lessThan(p, vec2(0.0))) || any(greaterThanEqual(p, vec2(u_size)))) {
    colour = vec4(u_ground, 1.0);
    return;
  }
  if (u_mode == ${GREY}) {
    float grey = u_use_high ? windowed(counts(u_high, p), u_air.y) : windowed(counts(u_low, p), u_air.x);
    colour = vec4(vec3(grey), 1.0);
    return;
  }
  colour = vec4(material(p), 1.0);
}
`;

export const POINTS_MOST = 16;

export const READ = `${AT}
uniform ivec2 u_points[${POINTS_MOST}];
out uvec4 found;

void main() {
  ivec2 p = u_points[int(gl_FragCoord.x)];
  found = uvec4(uint(at(u_low, p)), uint(at(u_high, p)), 0u, 1u);
}
`;
