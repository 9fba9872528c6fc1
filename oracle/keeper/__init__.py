"""The keeper: settles leases from final reports, stops those that ran dry, distributes rent. Anyone may run one."""
