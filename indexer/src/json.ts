import { type AbiParameter, getAddress, isAddress } from "viem"

export type Json = string | boolean | Json[] | JsonObject
export type JsonObject = { [name: string]: Json }

/** A struct or an event's arguments by name. Throws when a value is not of the type that the ABI says. */
export function objectToJson(parameters: readonly AbiParameter[], values: unknown): JsonObject {
  if (typeof values !== "object" || values === null) throw new TypeError("the ABI's struct is not an object")
  const fields = new Map(Object.entries(values))
  return Object.fromEntries(
    parameters.map((parameter) => {
      if (!parameter.name) throw new TypeError("the ABI has a parameter without a name: it cannot be served by name")
      return [parameter.name, valueToJson(parameter, fields.get(parameter.name))]
    }),
  )
}

function valueToJson(parameter: AbiParameter, value: unknown): Json {
  const { type } = parameter
  if (type.endsWith("]") && Array.isArray(value)) {
    const element = { ...parameter, type: type.slice(0, type.lastIndexOf("[")) }
    return value.map((each) => valueToJson(element, each))
  }
  if (type === "tuple" && "components" in parameter) return objectToJson(parameter.components, value)
  if (typeof value === "bigint" || typeof value === "number") return value.toString()
  if (typeof value === "boolean") return value
  if (typeof value === "string") {
    if (type === "address" && isAddress(value, { strict: false })) return getAddress(value)
    return type.startsWith("bytes") ? value.toLowerCase() : value
  }
  throw new TypeError(`${parameter.name ?? "an array's element"} is not a ${type}`)
}
