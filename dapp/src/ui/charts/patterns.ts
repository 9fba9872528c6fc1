import type { BandKind } from './model'

const SIZE = 8

/** Strokes from corner to corner, dots, or upright hairlines: three that are told apart without colour. `ratio` is device pixels a CSS pixel. */
export function patternOf(kind: BandKind, ink: string, ground: string, ratio: number): CanvasPattern | string {
  const side = Math.round(SIZE * Math.max(1, ratio))
  const canvas = document.createElement('canvas')
  canvas.width = side
  canvas.height = side
  const context = canvas.getContext('2d')
  if (context === null) return ground
  context.scale(side / SIZE, side / SIZE)
  context.fillStyle = ground
  context.fillRect(0, 0, SIZE, SIZE)
  context.fillStyle = ink
  context.strokeStyle = ink
  DRAW[kind](context)
  return context.createPattern(canvas, 'repeat') ?? ground
}

const DRAW: Readonly<Record<BandKind, (context: CanvasRenderingContext2D) => void>> = {
  outage: (context) => {
    context.lineWidth = 2.1
    context.beginPath()
    for (const shift of [-SIZE, 0, SIZE]) {
      context.moveTo(shift - 1, SIZE + 1)
      context.lineTo(shift + SIZE + 1, -1)
    }
    context.stroke()
  },
  missing: (context) => {
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ] as const) {
      context.beginPath()
      context.arc(x, y, 1.15, 0, 2 * Math.PI)
      context.fill()
    }
  },
  unknown: (context) => {
    context.fillRect(1, 0, 1, SIZE)
    context.fillRect(5, 0, 1, SIZE)
  },
}
