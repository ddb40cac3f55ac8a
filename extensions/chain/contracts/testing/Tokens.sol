// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MerkleClaims} from "../MerkleClaims.sol";

/// @title A token for tests, with as many places as a credit has.
contract TestToken is ERC20 {
    constructor() ERC20("Test credits", "TEST") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}

/// @title A token that answers a transfer with `false`, as some old ones do.
contract RefusingToken is TestToken {
    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @title A token that claims the same again while it is being transferred.
contract GreedyToken is TestToken {
    bool public paidTwice;
    bytes32[] private _proof;
    uint256 private _cumulativeAmount;

    function prepare(uint256 cumulativeAmount, bytes32[] calldata proof) external {
        _cumulativeAmount = cumulativeAmount;
        _proof = proof;
    }

    function transfer(address account, uint256 amount) public override returns (bool) {
        try MerkleClaims(msg.sender).claim(account, _cumulativeAmount, _proof) {
            paidTwice = true;
        } catch {}
        return super.transfer(account, amount);
    }
}
