import { createContext, use } from 'react'
import type { Config } from '../config/schema'
import type { Deployment } from './deployment'
import type { Watched } from './watch'

export const ConfigContext = createContext<Config | null>(null)
export const WatchContext = createContext<Watched | null>(null)
export const DeploymentContext = createContext<Deployment | null>(null)

/** The configuration. Throws outside ChainProvider, as do the hooks beside it. */
export function useConfig(): Config {
  return given(use(ConfigContext))
}

export function useWatched(): Watched {
  return given(use(WatchContext))
}

/** Whether chain and contracts are those of the configuration. */
export function useDeployment(): Deployment {
  return given(use(DeploymentContext))
}

function given<T>(value: T | null): T {
  if (value === null) throw new Error('used outside ChainProvider')
  return value
}
